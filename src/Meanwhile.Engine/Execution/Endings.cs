using Meanwhile.Jobs;
using Meanwhile.Retries;

namespace Meanwhile.Execution;

/// <summary>What is known of the telling of work to stop.</summary>
/// <param name="SentAt">When it was told.</param>
/// <param name="Answer">What it answered.</param>
internal sealed record StopTold(DateTimeOffset SentAt, string Answer);

/// <summary>Decides what the end of an attempt's work means for its job.</summary>
internal static class Endings
{
    /// <summary>Decides.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="outcome">How its work ended.</param>
    /// <param name="reason">Why it was told to stop; null = it was not.</param>
    /// <param name="told">How it was told; null = it was not.</param>
    /// <param name="draw">Draws from [0, 1), for jitter: only where there is some, as true randomness takes its time.</param>
    public static AttemptOutcome Decide(Attempt attempt, WorkOutcome outcome, StopReason? reason, StopTold? told, DateTimeOffset now, Func<double> draw) => outcome switch
    {
        WorkOutcome.Done done => new AttemptOutcome.Succeeded(done.Result), // what really ended before the cancel arrived keeps its ending
        WorkOutcome.Snoozed snoozed => new AttemptOutcome.Snooze(now + Within(snoozed.Delay), Bounded(snoozed.Reason)),
        WorkOutcome.Interrupted interrupted => Interrupted(attempt, interrupted, reason, told, now),
        WorkOutcome.Failed failed => Failed(attempt, failed.Error with { Message = Bounded(failed.Error.Message) }, now, draw),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not an outcome of work."),
    };

    /// <summary>The ending of work that was told to stop and was never seen gone.</summary>
    public static AttemptOutcome GivenUp(StopTold told, TimeSpan after) => new AttemptOutcome.Stopped(
        told.SentAt,
        told.Answer,
        ConfirmedAt: null,
        JobError.Of(ErrorKind.UnknownOutcome, $"The work was told to stop and was not seen gone within {after.TotalSeconds:0} s; it may still be running.", hint: "Look at the source whether it still runs. Its slot stays counted until it is seen free."));

    /// <summary>The longest snooze: 1 year.</summary>
    private static readonly TimeSpan SnoozeMax = TimeSpan.FromDays(365);

    /// <summary>A longer message is cut: it goes into the job's row and its events.</summary>
    private const int MessageLengthMax = 4_000;

    private static TimeSpan Within(TimeSpan delay) => delay < TimeSpan.Zero ? TimeSpan.Zero : delay < SnoozeMax ? delay : SnoozeMax;

    private static string Bounded(string message) => message.Length > MessageLengthMax ? message[..MessageLengthMax] + "..." : message;

    private static AttemptOutcome Interrupted(Attempt attempt, WorkOutcome.Interrupted interrupted, StopReason? reason, StopTold? told, DateTimeOffset now) => reason switch
    {
        StopReason.Cancel or StopReason.Timeout => new AttemptOutcome.Stopped(told?.SentAt, told?.Answer, now),
        StopReason.Shutdown when attempt.EffectsBegun && !attempt.Spec.Idempotent && !interrupted.WithoutEffect => new AttemptOutcome.Failed(StoppedWhileWriting()),
        StopReason.Shutdown => new AttemptOutcome.HandBack(),
        StopReason.Fenced or null => new AttemptOutcome.Failed(JobError.Of(ErrorKind.Internal, "The work stopped although nobody asked it to.")),
    };

    private static AttemptOutcome Failed(Attempt attempt, JobError error, DateTimeOffset now, Func<double> draw)
    {
        var mayRepeat = !attempt.EffectsBegun || attempt.Spec.Idempotent;
        if (!Backoff.IsRetried(error, mayRepeat)) return new AttemptOutcome.Failed(error);
        var failures = attempt.Job.State.AttemptsCounted + 1;
        return new AttemptOutcome.Retry(error, now + Backoff.Delay(failures, draw(), error.RetryAfter));
    }

    private static JobError StoppedWhileWriting() => JobError.Of(
        ErrorKind.UnknownOutcome,
        "The node shut down while the work may have had a part of its effect.",
        hint: "Look whether the change is there, then retry by hand. Work that may be repeated can say idempotent: true.");
}
