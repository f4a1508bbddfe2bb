using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;
using Meanwhile.Workers;

namespace Meanwhile.Callbacks;

/// <summary>Takes the answers of endpoints, at any node: the first one ends the call, the same one again answers the same.</summary>
internal sealed class CallbackIntake(CallbackTokens tokens, IJobStore store, IJobReader reader, WorkerFinishes finishes, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer waits for the job to have an owner again, as after the death of a node.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(10);

    /// <summary>Takes an answer.</summary>
    /// <exception cref="ProblemException">The token is none; the call is over; or nobody owns the job just now: then it says when to send the answer again.</exception>
    public async ValueTask<JobStatus> TakeAsync(string token, WorkerFinish finish, CancellationToken cancellationToken)
    {
        if (!tokens.TryRead(token, out var job, out var call)) throw NotFound();
        WorkerCheck.Refuse(Errors(finish));
        finish = finish with { FinishId = FinishRules.IdOf(new AttemptFence(job, call, 0), finish) }; // of the call, whichever attempt waits for it by now
        var start = time.GetTimestamp();
        while (true)
        {
            if (await TryAsync(job, call, finish, cancellationToken) is { } status) return status;
            if (time.GetElapsedTime(start) > WaitMax) throw Later(job);
            await Task.Delay(LookEvery, time, cancellationToken);
        }
    }

    /// <summary>Takes an answer if the job has an owner.</summary>
    private async ValueTask<JobStatus?> TryAsync(JobId id, int call, WorkerFinish finish, CancellationToken cancellationToken)
    {
        var job = (await reader.GetAsync([id], cancellationToken))[0] ?? throw NotFound();
        if (job.State.FinishId == finish.FinishId) return job.State.Status; // it came before
        if (job.State.Status.IsFinal) throw WorkerAttempts.Ended(job);
        var known = CallState.Read(await reader.GetCheckpointAsync(id, cancellationToken));
        if (known is null || known.Call != call || (known.Stage == CallStage.Answered && known.At != job.State.Attempt)) throw Over(job);
        return job.State.Status == JobStatus.Running ? await EndAsync(job, known, finish, cancellationToken) : null;
    }

    private async ValueTask<JobStatus?> EndAsync(JobRecord job, CallState known, WorkerFinish finish, CancellationToken cancellationToken)
    {
        var fence = new AttemptFence(job.Id, job.State.Attempt, job.State.Fence);
        try
        {
            if (finish.Outcome is WorkerOutcome.Failed or WorkerOutcome.Snoozed) // the next attempt makes another call
                await store.SaveCheckpointAsync(fence, (known with { Stage = CallStage.Answered, At = fence.Attempt }).Write(), cancellationToken);
            return await finishes.EndAsync(job, fence, finish, FinishRules.Work(finish, fence, null), cancellationToken);
        }
        catch (ProblemException changed) when (changed.Problem.Code is ProblemCodes.Fenced or ProblemCodes.AlreadyEnded)
        {
            return null; // it got another owner, or another answer, just now: look again
        }
    }

    private static IReadOnlyList<FieldError> Errors(WorkerFinish finish) => finish.Outcome == WorkerOutcome.HandedBack
        ? [new FieldError("outcome", "is handed_back, which an endpoint can't say; snoozed has it called again later")]
        : FinishRules.Errors(finish);

    private static ProblemException NotFound() => new(ProblemCodes.NotFound, "There is no such callback.");

    private static ProblemException Over(JobRecord job) => new(new Problem
    {
        Code = ProblemCodes.Fenced,
        Detail = "This call is over: the job has made another since. Forget the work; its answer does not count any more.",
        JobId = job.Id.ToString(),
        Status = job.State.Status.Word,
    });

    private static ProblemException Later(JobId job) => new(new Problem
    {
        Code = ProblemCodes.Unavailable,
        Detail = "The job is between two owners; nothing was changed. Send the answer again.",
        JobId = job.ToString(),
        RetryAfter = AgainAfter,
    });
}
