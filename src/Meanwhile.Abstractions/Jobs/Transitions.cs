using Meanwhile.Events;

namespace Meanwhile.Jobs;

/// <summary>What a change does to a job.</summary>
/// <param name="Result">Whether it applies.</param>
/// <param name="Next">The state afterwards; the state before when nothing changed.</param>
/// <param name="Event">What to tell; null when nothing happened that anybody must hear of.</param>
public readonly record struct Transition(WriteResult Result, JobState Next, JobEventData? Event);

/// <summary>The job's life as one pure function. Every store enforces exactly this, and the diagram in docs/concepts.md draws it.</summary>
public static class Transitions
{
    /// <summary>Decides what a change does to a job.</summary>
    /// <param name="spec">What was asked for.</param>
    /// <param name="state">Where the job stands.</param>
    /// <param name="now">The store's time.</param>
    public static Transition Apply(JobSpec spec, JobState state, JobChange change, DateTimeOffset now) => change switch
    {
        JobChange.Claim claim => Claim(state, claim, now),
        JobChange.Finish finish => Finish(spec, state, finish, now),
        JobChange.RequestCancel request => RequestCancel(spec, state, request, now),
        JobChange.OverTime overTime => OverTime(state, overTime, now),
        JobChange.NoteCancel note => NoteCancel(state, note, now),
        JobChange.BeginEffects effects => BeginEffects(state, effects, now),
        JobChange.BeginCommit commit => BeginCommit(state, commit, now),
        JobChange.EndInstead ended => EndInstead(spec, state, ended, now),
        JobChange.Rescue rescue => Rescue(spec, state, rescue, now),
        JobChange.Refuse refuse => Refuse(spec, state, refuse, now),
        JobChange.MissStart => MissStart(spec, state, now),
        JobChange.Expire => Expire(state, now),
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "Not a change of a job."),
    };

    private static Transition Claim(JobState state, JobChange.Claim claim, DateTimeOffset now)
    {
        if (state.Status != JobStatus.Pending || state.RunAt > now) return Unchanged(state, WriteResult.NotApplicable);
        var next = state with
        {
            Status = JobStatus.Running,
            StartedAt = now,
            Attempt = state.Attempt + 1,
            Fence = state.Fence + 1,
            Owner = claim.Node,
            EffectsBegun = false,
            Error = null,
        };
        return Changed(next, now, EventKind.Started, new EventDetail { Node = claim.Node.Node });
    }

    private static Transition Finish(JobSpec spec, JobState state, JobChange.Finish finish, DateTimeOffset now)
    {
        if (state.FinishId == finish.FinishId && state.Fence == finish.Fence.Fence) return Unchanged(state, WriteResult.Applied);
        if (GuardAttempt(state, finish.Fence) is { } refusal) return Unchanged(state, refusal);
        var own = state.Commit?.Attempt == state.Attempt; // whose fate its owner knows; that of a lost one is still to be found out
        return Finished(spec, state with { FinishId = finish.FinishId, Commit = own ? null : state.Commit }, finish.Outcome, now);
    }

    private static Transition Finished(JobSpec spec, JobState state, AttemptOutcome outcome, DateTimeOffset now) => outcome switch
    {
        AttemptOutcome.Succeeded done => End(spec, state with { Result = done.Result, Error = null }, JobStatus.Succeeded, now),
        AttemptOutcome.Failed failed => End(spec, Counted(state) with { Error = failed.Error }, JobStatus.Failed, now),
        AttemptOutcome.Stopped stopped => Stop(spec, state, stopped, now),
        AttemptOutcome.Retry retry => TryAgain(spec, Counted(state) with { Error = retry.Error }, retry.RunAt, EventKind.Retried, now),
        AttemptOutcome.Snooze snooze => PutBack(spec, state, snooze.RunAt, EventKind.Snoozed, new EventDetail { RunAt = snooze.RunAt, Message = snooze.Reason }, now),
        AttemptOutcome.HandBack => PutBack(spec, state, now, EventKind.HandedBack, null, now),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an outcome of an attempt."),
    };

    private static Transition RequestCancel(JobSpec spec, JobState state, JobChange.RequestCancel request, DateTimeOffset now)
    {
        if (state.Status.IsFinal) return Unchanged(state, WriteResult.AlreadyEnded);
        if (state.Cancel is not null) return Unchanged(state, WriteResult.Applied); // it is being stopped already
        var asked = state with { Cancel = new CancelEvidence { Reason = CancelReason.Requested, RequestedAt = now, RequestedBy = request.By } };
        return state.Status == JobStatus.Running || MayStillRun(spec, state)
            ? Changed(asked, now, EventKind.CancelRequested, new EventDetail { RequestedBy = request.By })
            : EndGone(spec, asked, now);
    }

    private static Transition OverTime(JobState state, JobChange.OverTime overTime, DateTimeOffset now)
    {
        if (GuardAttempt(state, overTime.Fence) is { } refusal) return Unchanged(state, refusal);
        if (state.Cancel is not null) return Unchanged(state, WriteResult.Applied); // it is being stopped already
        var next = state with { Cancel = new CancelEvidence { Reason = CancelReason.Timeout, RequestedAt = now } };
        return Changed(next, now, EventKind.CancelRequested, new EventDetail { Message = "The job ran longer than its timeout." });
    }

    private static Transition NoteCancel(JobState state, JobChange.NoteCancel note, DateTimeOffset now)
    {
        if (GuardAttempt(state, note.Fence) is { } refusal) return Unchanged(state, refusal);
        if (state.Cancel is not { } known) return Unchanged(state, WriteResult.NotApplicable);
        var cancel = known with
        {
            SentAt = known.SentAt ?? note.SentAt,
            Answer = note.Answer ?? known.Answer,
            ConfirmedAt = known.ConfirmedAt ?? note.ConfirmedAt,
            Unconfirmed = (known.Unconfirmed || note.Unconfirmed) && note.ConfirmedAt is null,
        };
        if (cancel == known) return Unchanged(state, WriteResult.Applied);
        var kind = cancel.Unconfirmed && !known.Unconfirmed ? EventKind.CancelUnconfirmed : EventKind.CancelSent;
        return Changed(state with { Cancel = cancel }, now, kind, new EventDetail { Message = cancel.Answer });
    }

    private static Transition BeginEffects(JobState state, JobChange.BeginEffects effects, DateTimeOffset now)
    {
        if (GuardAttempt(state, effects.Fence) is { } refusal) return Unchanged(state, refusal);
        if (state.EffectsBegun) return Unchanged(state, WriteResult.Applied);
        var intent = effects.CommitIsMarked ? new CommitIntent { Attempt = state.Attempt, Fence = state.Fence } : null;
        return Silently(state with { EffectsBegun = true, Commit = intent }, now);
    }

    private static Transition BeginCommit(JobState state, JobChange.BeginCommit commit, DateTimeOffset now)
    {
        if (GuardAttempt(state, commit.Fence) is { } refusal) return Unchanged(state, refusal);
        if (!state.EffectsBegun || state.Commit is not { } intent) return Unchanged(state, WriteResult.NotApplicable);
        if (intent.Mark == commit.Mark) return Unchanged(state, WriteResult.Applied);
        return Silently(state with { Commit = intent with { Mark = commit.Mark, Result = commit.Result } }, now);
    }

    private static Transition EndInstead(JobSpec spec, JobState state, JobChange.EndInstead ended, DateTimeOffset now)
    {
        if (state.FinishId == ended.FinishId) return Unchanged(state, WriteResult.Applied);
        if (state.Fence != ended.Fence.Fence || state.Attempt != ended.Fence.Attempt) return Unchanged(state, WriteResult.Fenced);
        if (state.Status.IsFinal) return Unchanged(state, WriteResult.AlreadyEnded);
        if (state.Cancel is null) return Unchanged(state, WriteResult.NotApplicable);
        return Stop(spec, state with { FinishId = ended.FinishId, Fence = state.Fence + 1, Commit = null }, ended.Outcome, now);
    }

    private static Transition Rescue(JobSpec spec, JobState state, JobChange.Rescue rescue, DateTimeOffset now)
    {
        if (state.Status != JobStatus.Running || state.Owner != rescue.Dead) return Unchanged(state, WriteResult.NotApplicable);
        var orphan = Counted(state) with { Fence = state.Fence + 1 }; // what the dead owner still writes changes nothing
        if (state.Commit?.Mark is not null) return WaitForAnother(orphan with { Error = NodeLost(rescue) }, now); // it may be done: the source knows
        if (state.Cancel is not null) return spec.Source is null ? EndGone(spec, orphan, now) : WaitForAnother(orphan, now); // what runs at a source may outlive its owner
        if (state.EffectsBegun && state.Commit is null && !spec.Idempotent) return End(spec, orphan with { Error = EffectUnknown(rescue) }, JobStatus.Failed, now);
        return TryAgain(spec, orphan with { Error = NodeLost(rescue) }, now, EventKind.Rescued, now);
    }

    /// <summary>Puts an orphan back, however many attempts it had: its next owner only finds out what became of it, or sees it gone.</summary>
    private static Transition WaitForAnother(JobState orphan, DateTimeOffset now) =>
        Changed(orphan with { Status = JobStatus.Pending, RunAt = now, Owner = null }, now, EventKind.Rescued, new EventDetail { Error = orphan.Error, RunAt = now });

    private static Transition Refuse(JobSpec spec, JobState state, JobChange.Refuse refuse, DateTimeOffset now) =>
        state is { Status: JobStatus.Pending or JobStatus.Blocked, Attempt: 0 }
            ? End(spec, state with { Error = refuse.Error }, JobStatus.Failed, now)
            : Unchanged(state, WriteResult.NotApplicable);

    private static Transition MissStart(JobSpec spec, JobState state, DateTimeOffset now)
    {
        var missed = state is { Status: JobStatus.Pending or JobStatus.Blocked, Attempt: 0 } && spec.StartDeadlineAt <= now;
        if (!missed) return Unchanged(state, WriteResult.NotApplicable);
        var error = JobError.Of(ErrorKind.Timeout, $"The job did not start by its deadline, {spec.StartDeadlineAt:O}.", "start_deadline");
        return End(spec, state with { Error = error }, JobStatus.Timeout, now);
    }

    private static Transition Expire(JobState state, DateTimeOffset now) =>
        state.Expired || state.ExpiresAt is null || state.ExpiresAt > now
            ? Unchanged(state, WriteResult.NotApplicable)
            : Silently(state with { Expired = true, Result = state.Result?.WithoutRows(), Error = WithoutWords(state.Error) }, now);

    /// <summary>How it ended stays; words may quote the statement, its parameters or its data, and a position means nothing without the statement.</summary>
    private static JobError? WithoutWords(JobError? error) =>
        error is null ? null : error with { Message = "What it said went with the statement when the job expired.", Hint = null, Position = null };

    private static Transition TryAgain(JobSpec spec, JobState state, DateTimeOffset runAt, EventKind kind, DateTimeOffset now) =>
        state.AttemptsCounted >= spec.MaxAttempts
            ? End(spec, state, JobStatus.Failed, now)
            : PutBack(spec, state, runAt, kind, new EventDetail { Error = state.Error, RunAt = runAt }, now);

    private static Transition PutBack(JobSpec spec, JobState state, DateTimeOffset runAt, EventKind kind, EventDetail? detail, DateTimeOffset now)
    {
        if (state.Cancel is not null) return EndGone(spec, state, now); // no work is left, and none is wanted
        return Changed(state with { Status = JobStatus.Pending, RunAt = runAt, Owner = null }, now, kind, detail);
    }

    private static Transition Stop(JobSpec spec, JobState state, AttemptOutcome.Stopped stopped, DateTimeOffset now)
    {
        var known = state.Cancel ?? new CancelEvidence { Reason = CancelReason.Requested, RequestedAt = now }; // a tool that stopped of its own accord
        var cancel = known with
        {
            SentAt = known.SentAt ?? stopped.SentAt,
            Answer = stopped.Answer ?? known.Answer,
            ConfirmedAt = known.ConfirmedAt ?? stopped.ConfirmedAt,
            Unconfirmed = stopped.ConfirmedAt is null,
        };
        var next = state with { Cancel = cancel };
        return End(spec, next with { Error = stopped.Error ?? StopError(spec, next) }, StoppedStatus(next), now);
    }

    /// <summary>Ends a job whose work is known not to exist any more, as its cancel or timeout asked.</summary>
    private static Transition EndGone(JobSpec spec, JobState state, DateTimeOffset now)
    {
        var gone = state.Cancel! with { ConfirmedAt = state.Cancel.ConfirmedAt ?? now, Unconfirmed = false, Answer = state.Cancel.Answer ?? "No work was running." };
        return End(spec, state with { Cancel = gone, Error = StopError(spec, state) }, StoppedStatus(state), now);
    }

    private static Transition End(JobSpec spec, JobState state, JobStatus status, DateTimeOffset now)
    {
        var next = state with { Status = status, FinishedAt = now, ExpiresAt = now + spec.Ttl, Owner = null, Commit = null };
        return Changed(next, now, EventKinds.OfEnding(status), state.Error is null ? null : new EventDetail { Error = state.Error });
    }

    private static Transition Silently(JobState next, DateTimeOffset now) => new(WriteResult.Applied, next with { UpdatedAt = now, Version = next.Version + 1 }, null);

    private static Transition Changed(JobState next, DateTimeOffset now, EventKind kind, EventDetail? detail)
    {
        var state = next with { UpdatedAt = now, Version = next.Version + 1, EventCount = next.EventCount + 1 };
        return new Transition(WriteResult.Applied, state, new JobEventData(state.EventCount, kind, now, state.Status, state.Attempt, detail));
    }

    private static Transition Unchanged(JobState state, WriteResult result) => new(result, state, null);

    private static WriteResult? GuardAttempt(JobState state, AttemptFence fence) =>
        state.Fence != fence.Fence || state.Attempt != fence.Attempt ? WriteResult.Fenced
        : state.Status != JobStatus.Running ? WriteResult.AlreadyEnded
        : null;

    /// <summary>Whether the work of a lost owner may still run at the source: nobody has looked yet.</summary>
    private static bool MayStillRun(JobSpec spec, JobState state) => spec.Source is not null && state is { Status: JobStatus.Pending, Error.Code: NodeLostCode };

    private static JobState Counted(JobState state) => state with { AttemptsCounted = state.AttemptsCounted + 1 };

    private static JobStatus StoppedStatus(JobState state) => state.Cancel is { Reason: CancelReason.Timeout } ? JobStatus.Timeout : JobStatus.Canceled;

    private static JobError? StopError(JobSpec spec, JobState state) => state.Cancel is { Reason: CancelReason.Timeout }
        ? JobError.Of(ErrorKind.Timeout, $"The job ran longer than its timeout of {spec.Timeout?.TotalSeconds:0.###} s.", hint: "Give it a longer timeout_seconds, or make it do less.")
        : null;

    private const string NodeLostCode = "node_lost";

    private static JobError NodeLost(JobChange.Rescue rescue) =>
        JobError.Of(ErrorKind.Internal, $"Node {rescue.Dead} was lost while it ran this attempt.", NodeLostCode);

    private static JobError EffectUnknown(JobChange.Rescue rescue) => JobError.Of(
        ErrorKind.UnknownOutcome,
        $"Node {rescue.Dead} was lost while the work may have had its effect; nobody can tell whether it did.",
        hint: "Look whether the change is there, then retry by hand. Work that may be repeated can say idempotent: true.");
}
