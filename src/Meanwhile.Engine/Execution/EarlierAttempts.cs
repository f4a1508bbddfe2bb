using Meanwhile.Jobs;
using Meanwhile.Sources;

namespace Meanwhile.Execution;

/// <summary>Before a statement runs anew: ends what earlier attempts left at the source, and finds out what became of a commit whose owner was lost.</summary>
internal sealed class EarlierAttempts(StatementTags tags, TimeProvider time)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>Settles them.</summary>
    /// <returns>How this attempt ends because of them; null when nothing of them runs and nothing was committed, so that the statement may run.</returns>
    public async ValueTask<WorkOutcome?> SettleAsync(Attempt attempt, IHostedSource source, CancellationToken cancellationToken)
    {
        var intent = attempt.Job.State.Commit;
        if (attempt.Fence.Attempt == 1) return null;
        if (!source.Capabilities.EndsFromAnyNode) return intent?.Mark is null ? null : Unknown(attempt, "The source can't tell any more.");
        var (settled, unreachable) = await GoneAsync(attempt, source, intent?.Mark, cancellationToken);
        if (unreachable is not null) return new WorkOutcome.Failed(unreachable);
        if (settled is not { } fate) return new WorkOutcome.Interrupted(WithoutEffect: true);
        if (intent?.Mark is null) return null;
        return fate.Commit switch
        {
            CommitFate.Committed => new WorkOutcome.Done(intent.Result!),
            CommitFate.RolledBack => null,
            CommitFate.Unknown => Unknown(attempt, fate.Answer),
        };
    }

    /// <summary>Returns once nothing of earlier attempts runs; null when the node shuts down, or this attempt has another owner. A cancel does not end the wait: the work is followed until it is seen gone.</summary>
    /// <remarks>While the source can't be reached, this attempt fails as its statement would, and the next looks again: unless the owner of an earlier one was lost, whose statement must be followed, as nobody else does.</remarks>
    private async ValueTask<(StatementFate? Fate, JobError? Unreachable)> GoneAsync(Attempt attempt, IHostedSource source, string? commitMark, CancellationToken cancellationToken)
    {
        var earlier = tags.Before(attempt.Job, attempt.Fence.Attempt);
        while (true)
        {
            var fate = await source.EndAsync(earlier, commitMark, cancellationToken);
            if (fate.Gone) return (fate, null);
            if (attempt.Stopping.IsCompleted && await attempt.Stopping is StopReason.Shutdown or StopReason.Fenced) return (null, null);
            if (!AnOwnerWasLost(attempt.Fence) && await source.ProbeAsync(cancellationToken) is { } unreachable) return (null, unreachable);
            attempt.Journal.Progress(null, $"Waiting until the statement of an earlier attempt is gone: {fate.Answer}");
            await Task.Delay(LookAgainAfter, time, cancellationToken);
        }
    }

    /// <summary>Each claim raises the fence by one, and each rescue by one more.</summary>
    private static bool AnOwnerWasLost(AttemptFence fence) => fence.Fence > fence.Attempt;

    private static WorkOutcome.Failed? Unknown(Attempt attempt, string answer)
    {
        if (attempt.Spec.Idempotent) return null;
        attempt.EffectsBegun = true; // the earlier one's: another attempt may repeat them
        return new WorkOutcome.Failed(JobError.Of(
            ErrorKind.UnknownOutcome,
            $"The node that ran an earlier attempt was lost while it committed; nobody can tell whether it did: {answer}",
            hint: "Look whether the change is there, then retry by hand. Work that may be repeated can say idempotent: true."));
    }
}
