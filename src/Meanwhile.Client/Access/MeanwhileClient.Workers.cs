using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Workers;

namespace Meanwhile.Client;

/// <content>The door for workers.</content>
public sealed partial class MeanwhileClient
{
    private const string WorkerPath = "v1/worker";

    /// <inheritdoc/>
    public async ValueTask<WorkerLease> RegisterAsync(WorkerRegistration registration, CancellationToken cancellationToken)
    {
        var submission = new WorkerRegisterSubmission
        {
            Name = registration.Name,
            Tools = registration.Tools,
            AllProjects = registration.AllProjects ? true : null,
            Host = registration.Host,
            ProcessId = registration.ProcessId,
            Version = registration.Version,
        };
        var call = Call.With(HttpMethod.Post, $"{WorkerPath}/register", submission, ContractsJson.Wire.WorkerRegisterSubmission, isRepeatable: true);
        var lease = await _transport.ReadAsync(call, ContractsJson.Wire.WorkerResource, cancellationToken).ConfigureAwait(false);
        return new WorkerLease(new NodeEpoch(lease.Worker, lease.Epoch), TimeSpan.FromMilliseconds(lease.BeatEveryMs), TimeSpan.FromMilliseconds(lease.DeadAfterMs));
    }

    /// <inheritdoc/>
    public async ValueTask<WorkerClaim> ClaimAsync(NodeEpoch worker, int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        var submission = new WorkerClaimSubmission { Worker = worker.Node, Epoch = worker.Epoch, Max = max, WaitSeconds = wait.TotalSeconds };
        var call = Call.With(HttpMethod.Post, $"{WorkerPath}/claim", submission, ContractsJson.Wire.WorkerClaimSubmission, isRepeatable: false) with { Wait = wait };
        var claim = await _transport.ReadAsync(call, ContractsJson.Wire.WorkerClaimResource, cancellationToken).ConfigureAwait(false);
        return new WorkerClaim([.. claim.Jobs.Select(job => job.ToJob())], TimeSpan.FromMilliseconds(claim.PollAfterMs));
    }

    /// <inheritdoc/>
    public async ValueTask<WorkerBeat> BeatAsync(NodeEpoch worker, IReadOnlyList<AttemptFence> running, CancellationToken cancellationToken)
    {
        var submission = new WorkerBeatSubmission
        {
            Worker = worker.Node,
            Epoch = worker.Epoch,
            Running = [.. running.Select(fence => new RunningAttempt { JobId = fence.Job.ToString(), Attempt = fence.Attempt, Fence = fence.Fence })],
        };
        var call = Call.With(HttpMethod.Post, $"{WorkerPath}/beat", submission, ContractsJson.Wire.WorkerBeatSubmission, isRepeatable: true);
        var beat = await _transport.ReadAsync(call, ContractsJson.Wire.WorkerBeatResource, cancellationToken).ConfigureAwait(false);
        return new WorkerBeat([.. beat.Stop.Select(stop => stop.ToStop())], beat.Drain);
    }

    /// <inheritdoc/>
    public async ValueTask<int> LeaveAsync(NodeEpoch worker, CancellationToken cancellationToken)
    {
        var submission = new WorkerSubmission { Worker = worker.Node, Epoch = worker.Epoch };
        var call = Call.With(HttpMethod.Post, $"{WorkerPath}/leave", submission, ContractsJson.Wire.WorkerSubmission, isRepeatable: true);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.WorkerLeftResource, cancellationToken).ConfigureAwait(false)).HandedBack;
    }

    /// <inheritdoc/>
    public ValueTask<WorkerNews> ProgressAsync(AttemptFence attempt, WorkerProgress progress, CancellationToken cancellationToken)
    {
        var submission = new WorkerProgressSubmission
        {
            Attempt = attempt.Attempt,
            Fence = attempt.Fence,
            Fraction = progress.Fraction,
            Message = progress.Message,
            Counters = progress.Counters.Count == 0 ? null : new Dictionary<string, long>(progress.Counters),
        };
        return TellAsync(Call.With(HttpMethod.Post, AttemptAddress(attempt, "progress"), submission, ContractsJson.Wire.WorkerProgressSubmission, isRepeatable: true), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<WorkerNews> LogAsync(AttemptFence attempt, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        var submission = new WorkerLogSubmission { Attempt = attempt.Attempt, Fence = attempt.Fence, Lines = lines };
        return TellAsync(Call.With(HttpMethod.Post, AttemptAddress(attempt, "log"), submission, ContractsJson.Wire.WorkerLogSubmission, isRepeatable: false), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<WorkerNews> CheckpointAsync(AttemptFence attempt, JsonElement checkpoint, CancellationToken cancellationToken)
    {
        var submission = new WorkerCheckpointSubmission { Attempt = attempt.Attempt, Fence = attempt.Fence, Checkpoint = checkpoint };
        return TellAsync(Call.With(HttpMethod.Post, AttemptAddress(attempt, "checkpoint"), submission, ContractsJson.Wire.WorkerCheckpointSubmission, isRepeatable: true), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<JobStatus> FinishAsync(AttemptFence attempt, WorkerFinish finish, CancellationToken cancellationToken) =>
        EndAsync(Call.With(HttpMethod.Post, AttemptAddress(attempt, "finish"), finish.ToSubmission(attempt), ContractsJson.Wire.WorkerFinishSubmission, isRepeatable: true), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Sent once: rows that were read can't be read again.</remarks>
    public ValueTask<JobStatus> FinishAsync(AttemptFence attempt, WorkerFinish finish, IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, CancellationToken cancellationToken)
    {
        var head = finish.ToSubmission(attempt) with { Columns = [.. columns.Select(column => new ColumnSubmission { Name = column.Name, Type = column.Type })] };
        var content = new RowsContent(JsonSerializer.SerializeToUtf8Bytes(head, ContractsJson.Wire.WorkerFinishSubmission), rows);
        return EndAsync(new Call(HttpMethod.Post, AttemptAddress(attempt, "finish"), IsRepeatable: false) { Content = content, Wait = Timeout.InfiniteTimeSpan }, cancellationToken);
    }

    private async ValueTask<WorkerNews> TellAsync(Call call, CancellationToken cancellationToken)
    {
        var news = await _transport.ReadAsync(call, ContractsJson.Wire.WorkerNewsResource, cancellationToken).ConfigureAwait(false);
        return new WorkerNews(news.Stop is { } word ? WorkerStops.FromWord(word) : null);
    }

    private async ValueTask<JobStatus> EndAsync(Call call, CancellationToken cancellationToken)
    {
        var finished = await _transport.ReadAsync(call, ContractsJson.Wire.FinishedResource, cancellationToken).ConfigureAwait(false);
        return JobStatuses.FromWord(finished.Status) ?? throw new JsonException($"The server's status '{finished.Status}' is not known here; it may be newer than this client.");
    }

    private static string AttemptAddress(AttemptFence attempt, string what) => Address.Of("worker/jobs", attempt.Job.ToString(), $"/{what}").ToString();
}
