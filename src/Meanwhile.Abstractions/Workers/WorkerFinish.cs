using Meanwhile.Jobs;

namespace Meanwhile.Workers;

/// <summary>How an attempt ended, as whoever did the work says it.</summary>
public enum WorkerOutcome
{
    /// <summary>The work is done.</summary>
    Succeeded,

    /// <summary>It failed; the error says whether to try again.</summary>
    Failed,

    /// <summary>It is to go on later, without spending an attempt.</summary>
    Snoozed,

    /// <summary>It is given back, untouched or at its checkpoint, without spending an attempt; due at once.</summary>
    HandedBack,

    /// <summary>It was stopped, and nothing of it runs any more.</summary>
    Canceled,
}

/// <summary>The words of the outcomes.</summary>
public static class WorkerOutcomes
{
    extension(WorkerOutcome outcome)
    {
        /// <summary>The word used in JSON.</summary>
        public string Word => outcome switch
        {
            WorkerOutcome.Succeeded => "succeeded",
            WorkerOutcome.Failed => "failed",
            WorkerOutcome.Snoozed => "snoozed",
            WorkerOutcome.HandedBack => "handed_back",
            WorkerOutcome.Canceled => "canceled",
        };
    }

    /// <summary>The outcome that a word names; null when none.</summary>
    public static WorkerOutcome? FromWord(string word) => word switch
    {
        "succeeded" => WorkerOutcome.Succeeded,
        "failed" => WorkerOutcome.Failed,
        "snoozed" => WorkerOutcome.Snoozed,
        "handed_back" => WorkerOutcome.HandedBack,
        "canceled" => WorkerOutcome.Canceled,
        _ => null,
    };
}

/// <summary>The end of an attempt, as whoever did the work says it.</summary>
public sealed record WorkerFinish
{
    /// <summary>How it ended.</summary>
    public required WorkerOutcome Outcome { get; init; }

    /// <summary>Names this finish, so that repeating it is applied once; null = made of the attempt and what is said here, so that the very same finish is the same.</summary>
    public Guid? FinishId { get; init; }

    /// <summary>Of a success: a small JSON value, at most 64 KiB; null = none.</summary>
    public string? Summary { get; init; }

    /// <summary>Of a failure, and only there: why.</summary>
    public JobError? Error { get; init; }

    /// <summary>Of a snooze, and only there: how long from now, zero to a year.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Of a snooze: why, for a person; null = not said.</summary>
    public string? Reason { get; init; }
}
