using System.Text;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Workers;

/// <summary>Takes what workers tell of attempts that they hold.</summary>
internal sealed class WorkerAttempts(IJobStore store, IJobReader reader, WorkerLogs logs, JobChanges changes)
{
    private const int CheckpointBytesMax = 64 * 1024;

    /// <summary>Stores how far an attempt is.</summary>
    public async ValueTask<WorkerNews> ProgressAsync(AttemptFence attempt, WorkerProgress progress, Caller caller, CancellationToken cancellationToken)
    {
        WorkerCheck.Refuse(WorkerCheck.Errors(progress));
        var job = await HeldAsync(attempt, caller, cancellationToken);
        return await SaveAsync(job, ProgressSteps.Next(job.Progress, progress), cancellationToken);
    }

    /// <summary>Adds lines to an attempt's log.</summary>
    public async ValueTask<WorkerNews> LogAsync(AttemptFence attempt, IReadOnlyList<string> lines, Caller caller, CancellationToken cancellationToken)
    {
        WorkerCheck.Refuse(WorkerCheck.Errors(lines));
        var job = await HeldAsync(attempt, caller, cancellationToken);
        try
        {
            var bytes = await logs.AppendAsync(attempt, lines, cancellationToken);
            return await SaveAsync(job, ProgressSteps.Next(job.Progress, bytes), cancellationToken);
        }
        catch (BlobStoreFullException)
        {
            return new WorkerNews(WorkerRules.StopOf(job.State.Cancel)); // the lines are lost; a log is worth less than the work
        }
        catch (IOException exception)
        {
            throw new ProblemException(StoreOutage.Unavailable($"The log could not be written: {exception.Message} Send the lines again."));
        }
    }

    /// <summary>Stores what the next attempt can go on from.</summary>
    public async ValueTask<WorkerNews> CheckpointAsync(AttemptFence attempt, JsonElement checkpoint, Caller caller, CancellationToken cancellationToken)
    {
        var text = checkpoint.ValueKind == JsonValueKind.Undefined ? "" : checkpoint.GetRawText();
        if (text.Length == 0) throw SpecMaker.Invalid([new FieldError("checkpoint", "is missing; a JSON value is needed")]);
        if (Encoding.UTF8.GetByteCount(text) is var bytes and > CheckpointBytesMax) throw SpecMaker.Invalid([new FieldError("checkpoint", $"has {bytes} bytes of JSON; at most {CheckpointBytesMax} are accepted")]);
        var job = await HeldAsync(attempt, caller, cancellationToken);
        var written = await store.SaveCheckpointAsync(attempt, text, cancellationToken);
        if (written != WriteResult.Applied) throw Fenced(job);
        return new WorkerNews(WorkerRules.StopOf(job.State.Cancel));
    }

    /// <summary>The job of an attempt, if there is one that the caller's workers may hold.</summary>
    public async ValueTask<JobRecord> FindAsync(JobId id, Caller caller, CancellationToken cancellationToken)
    {
        var found = (await reader.GetAsync([id], cancellationToken))[0];
        return found is not null && (found.Spec.Project == caller.Project || caller.IsInstanceAdmin) ? found : throw JobLookup.NotFound(id.ToString());
    }

    /// <summary>The job of an attempt that a worker of the caller's holds now.</summary>
    /// <exception cref="ProblemException">There is none, or it has another owner, or has ended.</exception>
    public async ValueTask<JobRecord> HeldAsync(AttemptFence attempt, Caller caller, CancellationToken cancellationToken)
    {
        var job = await FindAsync(attempt.Job, caller, cancellationToken);
        var state = job.State;
        if (state.Fence != attempt.Fence || state.Attempt != attempt.Attempt || state.Owner is { IsWorker: false }) throw Fenced(job);
        return state.Status == JobStatus.Running ? job : throw Ended(job);
    }

    /// <summary>Another owner has the job.</summary>
    public static ProblemException Fenced(JobRecord job) => new(new Problem
    {
        Code = ProblemCodes.Fenced,
        Detail = $"Another attempt, or another owner, has the job by now; it is {job.State.Status.Word}. Stop this attempt's work and forget it; nothing that it says counts any more.",
        JobId = job.Id.ToString(),
        Status = job.State.Status.Word,
    });

    /// <summary>The attempt has ended.</summary>
    public static ProblemException Ended(JobRecord job) => new(new Problem
    {
        Code = ProblemCodes.AlreadyEnded,
        Detail = $"The attempt has ended already; the job is {job.State.Status.Word}. Forget the attempt; nothing was changed.",
        JobId = job.Id.ToString(),
        Status = job.State.Status.Word,
    });

    private async ValueTask<WorkerNews> SaveAsync(JobRecord job, (JobProgress Progress, bool AsEvent) next, CancellationToken cancellationToken)
    {
        var fence = new AttemptFence(job.Id, job.State.Attempt, job.State.Fence);
        var written = await store.SaveProgressAsync([new ProgressReport(fence, next.Progress, next.AsEvent)], cancellationToken);
        if (written[0] == WriteResult.Fenced) throw Fenced(job);
        changes.Tell(job.Id, job.Spec.Project);
        return new WorkerNews(WorkerRules.StopOf(job.State.Cancel));
    }
}
