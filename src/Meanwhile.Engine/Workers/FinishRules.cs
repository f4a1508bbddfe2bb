using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.Workers;

/// <summary>What the end of an attempt, as whoever did the work says it, means: pure functions.</summary>
internal static class FinishRules
{
    private const int SummaryBytesMax = 64 * 1024;
    private const int ReasonLengthMax = 1_000;
    private static readonly TimeSpan DelayMax = TimeSpan.FromDays(365);

    /// <summary>What is wrong with it; empty when nothing is.</summary>
    public static IReadOnlyList<FieldError> Errors(WorkerFinish finish)
    {
        List<FieldError> errors = [];
        var word = finish.Outcome.Word;
        Belongs(errors, "summary", finish.Summary is not null, finish.Outcome == WorkerOutcome.Succeeded, word);
        Belongs(errors, "error", finish.Error is not null, finish.Outcome == WorkerOutcome.Failed, word, "an error with type and message", isNeeded: true);
        Belongs(errors, "delay_seconds", finish.Delay is not null, finish.Outcome == WorkerOutcome.Snoozed, word, "when to go on", isNeeded: true);
        Belongs(errors, "reason", finish.Reason is not null, finish.Outcome == WorkerOutcome.Snoozed, word);
        if (finish.Summary is { } summary && Encoding.UTF8.GetByteCount(summary) is var bytes and > SummaryBytesMax) errors.Add(new FieldError("summary", $"has {bytes} bytes of JSON; at most {SummaryBytesMax} are accepted. More goes into rows"));
        if (finish.Delay is { } delay && (delay < TimeSpan.Zero || delay > DelayMax)) errors.Add(new FieldError("delay_seconds", $"is {delay.TotalSeconds}; 0 to {DelayMax.TotalSeconds} is accepted"));
        if (finish.Reason?.Length > ReasonLengthMax) errors.Add(new FieldError("reason", $"has {finish.Reason.Length} characters; at most {ReasonLengthMax} are accepted"));
        return errors;
    }

    /// <summary>How the work ended.</summary>
    /// <param name="rows">The rows that were stored; null = none.</param>
    public static WorkOutcome Work(WorkerFinish finish, AttemptFence fence, ResultManifest? rows) => finish.Outcome switch
    {
        WorkerOutcome.Succeeded => new WorkOutcome.Done((rows ?? new ResultManifest { Attempt = fence.Attempt, Fence = fence.Fence }) with { Summary = finish.Summary }),
        WorkerOutcome.Failed => new WorkOutcome.Failed(finish.Error!),
        WorkerOutcome.Snoozed => new WorkOutcome.Snoozed(finish.Delay!.Value, finish.Reason ?? "The worker asked for it."),
        WorkerOutcome.HandedBack => new WorkOutcome.Interrupted(WithoutEffect: true),
        WorkerOutcome.Canceled => new WorkOutcome.Interrupted(),
    };

    /// <summary>Why it stopped, where it did.</summary>
    public static StopReason? Reason(WorkerFinish finish, JobState state) => finish.Outcome switch
    {
        WorkerOutcome.HandedBack => StopReason.Shutdown,
        WorkerOutcome.Canceled when state.Cancel is { Reason: CancelReason.Timeout } => StopReason.Timeout,
        WorkerOutcome.Canceled => StopReason.Cancel,
        WorkerOutcome.Succeeded or WorkerOutcome.Failed or WorkerOutcome.Snoozed => null,
    };

    /// <summary>The finish's name: its own, or one that the very same finish of the same attempt has again.</summary>
    public static Guid IdOf(AttemptFence fence, WorkerFinish finish)
    {
        if (finish.FinishId is { } given) return given;
        var error = finish.Error is null ? null : JsonSerializer.Serialize(finish.Error, StoredJson.Default.JobError);
        string?[] parts = [fence.ToString(), finish.Outcome.Word, finish.Summary, error, finish.Delay?.ToString("c"), finish.Reason];
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16), bigEndian: true);
    }

    private static void Belongs(List<FieldError> errors, string field, bool isGiven, bool belongs, string outcome, string what = "", bool isNeeded = false)
    {
        if (isGiven && !belongs) errors.Add(new FieldError(field, $"is given, but does not belong to outcome {outcome}"));
        if (!isGiven && belongs && isNeeded) errors.Add(new FieldError(field, $"is missing; outcome {outcome} needs {what}"));
    }
}
