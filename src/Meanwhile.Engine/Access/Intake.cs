using System.Text.Json;
using Meanwhile.Dispatch;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Access;

/// <summary>Makes jobs of what others enqueued with transactions of their own, as soon as it is committed.</summary>
/// <remarks>What can't run becomes a job all the same, and fails at once with the reason: its author knows its id and looks there.</remarks>
internal sealed partial class Intake(IEnqueuedRequests? enqueued, IJobStore store, SpecMaker specs, JobChanges changes, Dispatcher dispatcher, TimeProvider time, ILogger<Intake> logger)
{
    private const int BatchMax = 256;
    private const int RoundsMax = 100;

    /// <summary>Whether there is such a place at all.</summary>
    public bool IsUsed => enqueued is not null;

    /// <summary>Takes what is there.</summary>
    public async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        if (enqueued is null) return;
        for (var round = 0; round < RoundsMax; round++)
        {
            var found = await enqueued.ReadAsync(BatchMax, cancellationToken);
            if (found.Count == 0) return;
            await MakeJobsAsync(found, cancellationToken);
            await enqueued.RemoveAsync([.. found.Select(request => request.Id)], cancellationToken);
            if (found.Count < BatchMax) return;
        }
    }

    private async ValueTask MakeJobsAsync(IReadOnlyList<EnqueuedRequest> found, CancellationToken cancellationToken)
    {
        var made = found.Select(Make).ToList();
        await store.SubmitAsync([.. made.Select(job => job.Spec)], cancellationToken);
        var refused = made.Where(job => job.Error is not null).Select(job => new RefusedJob(job.Spec.Id, job.Error!)).ToList();
        if (refused.Count > 0) await store.RefuseAsync(refused, cancellationToken);
        foreach (var (spec, _) in made)
        {
            changes.Tell(spec.Id, spec.Project);
            changes.Work.Fire(spec.Tool);
        }

        LogTaken(logger, made.Count, refused.Count);
        dispatcher.Wake();
    }

    private (JobSpec Spec, JobError? Error) Make(EnqueuedRequest request)
    {
        var caller = new Caller { Project = request.Project, Principal = request.SubmittedBy };
        try
        {
            return (specs.Make(Read(request), caller) with { Id = request.Id }, null);
        }
        catch (ProblemException wrong)
        {
            return (Unusable(request), JobError.Of(ErrorKind.Syntax, wrong.Problem.Detail ?? wrong.Message, "invalid_request", "Correct what was enqueued, and enqueue it again."));
        }
    }

    private static JobRequest Read(EnqueuedRequest request)
    {
        try
        {
            var read = JsonSerializer.Deserialize(request.Json, JobRequestJson.Default.JobRequest) ?? throw new ProblemException(ProblemCodes.InvalidRequest, "The request is null.");
            if (read.IdempotencyKey is not null) throw SpecMaker.Invalid([new FieldError("idempotency_key", "is given; what is enqueued with a transaction is enqueued once already: leave it out")]);
            return read;
        }
        catch (JsonException unreadable)
        {
            var place = unreadable.Path is { Length: > 2 } path ? path[2..] : "The request";
            throw new ProblemException(ProblemCodes.InvalidRequest, $"{place} can't be read: another kind of value is accepted there.");
        }
    }

    /// <summary>What is kept of a request that can't be read: who enqueued it, and when.</summary>
    private JobSpec Unusable(EnqueuedRequest request) => new()
    {
        Id = request.Id,
        Project = request.Project,
        SubmittedBy = request.SubmittedBy,
        Tool = "query",
        CreatedAt = request.EnqueuedAt,
        RunAt = time.GetUtcNow() + TimeSpan.FromMinutes(1), // so that nobody begins it before it is refused
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} enqueued requests became jobs; {Refused} of them can't run")]
    private static partial void LogTaken(ILogger logger, int count, int refused);
}
