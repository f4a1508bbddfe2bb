using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Server.Operations;
using Meanwhile.Workers;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Workers;

/// <summary>Workers that somebody else runs: they register, claim, beat and leave.</summary>
internal static class WorkerOperations
{
    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("POST", "/v1/worker/register", "register_worker", "Begins a worker's life; an earlier one of the same name ends.", RegisterAsync)
        {
            Body = ContractsJson.Requests.WorkerRegisterSubmission,
            Answers = [new(StatusCodes.Status200OK, "The worker's epoch, and how often to beat.", ContractsJson.Wire.WorkerResource)],
        },
        new("POST", "/v1/worker/claim", "claim_jobs", "Claims due jobs of the worker's tools; waits for the first.", ClaimAsync)
        {
            Body = ContractsJson.Requests.WorkerClaimSubmission,
            Answers = [new(StatusCodes.Status200OK, "The jobs; none when none was due within the wait.", ContractsJson.Wire.WorkerClaimResource)],
        },
        new("POST", "/v1/worker/beat", "beat", "Says that the worker lives, and what it runs.", BeatAsync)
        {
            Body = ContractsJson.Requests.WorkerBeatSubmission,
            Answers = [new(StatusCodes.Status200OK, "What to stop.", ContractsJson.Wire.WorkerBeatResource)],
        },
        new("POST", "/v1/worker/leave", "leave", "Ends the worker's life; what it still has goes back to the queue, uncounted.", LeaveAsync)
        {
            Body = ContractsJson.Requests.WorkerSubmission,
            Answers = [new(StatusCodes.Status200OK, "How much that was.", ContractsJson.Wire.WorkerLeftResource)],
        },
    ];

    private static async Task RegisterAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerRegisterSubmission);
        var lease = await exchange.Workers.RegisterAsync(
            new WorkerRegistration
            {
                Name = submission.Name ?? throw Refusals.Field("name", "is missing; the worker's name is needed"),
                Tools = WithoutNull("tools", submission.Tools, "the names of the tools whose jobs it takes are needed"),
                AllProjects = submission.AllProjects ?? false,
                Host = submission.Host,
                ProcessId = submission.ProcessId,
                Version = submission.Version,
            },
            CancellationToken.None);
        var resource = new WorkerResource
        {
            Worker = lease.Worker.Node,
            Epoch = lease.Worker.Epoch,
            BeatEveryMs = (int)lease.BeatEvery.TotalMilliseconds,
            DeadAfterMs = (int)lease.DeadAfter.TotalMilliseconds,
        };
        await exchange.AnswerAsync(StatusCodes.Status200OK, resource, ContractsJson.Wire.WorkerResource);
    }

    private static async Task ClaimAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerClaimSubmission);
        var (worker, workers) = (Epoch(submission.Worker, submission.Epoch), exchange.Workers);
        var (max, seconds) = (submission.Max ?? 1, submission.WaitSeconds ?? 0);
        if (!(seconds is >= 0 and <= QueryReader.WaitSecondsMax)) throw Refusals.Field("wait_seconds", FormattableString.Invariant($"is {seconds}; 0 to {QueryReader.WaitSecondsMax} is accepted"));
        var claim = seconds > 0
            ? await exchange.WaitAsync(token => workers.ClaimAsync(worker, max, TimeSpan.FromSeconds(seconds), token), _ => new(new WorkerClaim([], AgainAfter)))
            : await workers.ClaimAsync(worker, max, TimeSpan.Zero, exchange.Aborted);
        var resource = new WorkerClaimResource { Jobs = [.. claim.Jobs.Select(ToResource)], PollAfterMs = (int)claim.PollAfter.TotalMilliseconds };
        await exchange.AnswerLongAsync(resource, ContractsJson.Wire.WorkerClaimResource);
    }

    private static async Task BeatAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerBeatSubmission);
        var running = submission.Running ?? throw Refusals.Field("running", "is missing; every attempt that the worker holds is needed, an empty list when none");
        var beat = await exchange.Workers.BeatAsync(Epoch(submission.Worker, submission.Epoch), [.. running.Select(Fence)], CancellationToken.None);
        var resource = new WorkerBeatResource
        {
            Stop = [.. beat.Stop.Select(stop => new StoppedAttemptResource { JobId = stop.Fence.Job.ToString(), Attempt = stop.Fence.Attempt, Fence = stop.Fence.Fence, Reason = stop.Reason.Word })],
            Drain = beat.Drain,
        };
        await exchange.AnswerAsync(StatusCodes.Status200OK, resource, ContractsJson.Wire.WorkerBeatResource);
    }

    private static async Task LeaveAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerSubmission);
        var given = await exchange.Workers.LeaveAsync(Epoch(submission.Worker, submission.Epoch), CancellationToken.None);
        await exchange.AnswerAsync(StatusCodes.Status200OK, new WorkerLeftResource { HandedBack = given }, ContractsJson.Wire.WorkerLeftResource);
    }

    /// <summary>When a claim that could not wait is worth another try.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private static NodeEpoch Epoch(string? worker, long? epoch)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrEmpty(worker)) errors.Add(new FieldError("worker", "is missing; it is in the answer to the registration"));
        if (epoch is null) errors.Add(new FieldError("epoch", "is missing; it is in the answer to the registration"));
        return errors.Count == 0 ? new NodeEpoch(worker!, epoch!.Value) : throw Refusals.Fields(errors);
    }

    private static AttemptFence Fence(RunningAttempt? running, int index)
    {
        var path = $"running[{index}]";
        if (running is null) throw Refusals.Field(path, "is null; an object is accepted");
        if (!JobId.TryParse(running.JobId, out var job)) throw Refusals.Field($"{path}.job_id", running.JobId is null ? "is missing; the job's id is needed" : $"is '{Refusals.Short(running.JobId)}'; a job id (a UUID) is accepted");
        return WorkerJobOperations.Fence(job, running.Attempt, running.Fence, path + ".");
    }

    private static IReadOnlyList<string> WithoutNull(string field, IReadOnlyList<string>? texts, string what)
    {
        if (texts is null) throw Refusals.Field(field, $"is missing; {what}");
        if (texts.Contains(null!)) throw Refusals.Field($"{field}[{texts.TakeWhile(text => text is not null).Count()}]", "is null; a text is accepted");
        return texts;
    }

    private static WorkerJobResource ToResource(WorkerJob job) => new()
    {
        JobId = job.Fence.Job.ToString(),
        ShortId = job.ShortId,
        Attempt = job.Fence.Attempt,
        Fence = job.Fence.Fence,
        Project = job.Project,
        Tool = job.Tool,
        Params = RawJson.Of(job.Params),
        Checkpoint = job.Checkpoint is { } checkpoint ? RawJson.Of(checkpoint) : null,
        TimeoutSeconds = job.Timeout?.TotalSeconds,
        MaxAttempts = job.MaxAttempts,
        Labels = job.Labels.Count == 0 ? null : job.Labels,
        Traceparent = job.TraceParent,
    };
}
