using Meanwhile.Nodes;
using Meanwhile.Results;

namespace Meanwhile.Jobs;

/// <summary>Where a job stands: everything about it that changes, and only through <see cref="Transitions"/>.</summary>
public sealed record JobState
{
    /// <summary>Where the job is in its life.</summary>
    public required JobStatus Status { get; init; }

    /// <summary>The earliest time of the next attempt.</summary>
    public required DateTimeOffset RunAt { get; init; }

    /// <summary>When the newest attempt began; null before the first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the job ended; null while it lives.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When the job last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When statement, parameters and result go; null while the job lives.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True once they are gone: what is left is the slim row.</summary>
    public bool Expired { get; init; }

    /// <summary>The newest attempt's ordinal: 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>How many attempts count against max_attempts: failures, node deaths, unknown outcomes.</summary>
    public int AttemptsCounted { get; init; }

    /// <summary>Grows each time the attempt's owner changes.</summary>
    public long Fence { get; init; }

    /// <summary>The node that runs the attempt; null unless running.</summary>
    public NodeEpoch? Owner { get; init; }

    /// <summary>True once the attempt may have had an effect that running it again would repeat.</summary>
    public bool EffectsBegun { get; init; }

    /// <summary>How to find out whether effects were committed; null when the source does not tell. Of an earlier attempt: its owner was lost, and it is not yet known.</summary>
    public CommitIntent? Commit { get; init; }

    /// <summary>The finish that was last applied, so that repeating it answers the same; null before the first.</summary>
    public Guid? FinishId { get; init; }

    /// <summary>What is known of the stopping of the work; null when nobody asked.</summary>
    public CancelEvidence? Cancel { get; init; }

    /// <summary>Why the job failed, or why the last attempt did while the job waits for another; null otherwise. Once expired without the source's words, hint and position.</summary>
    public JobError? Error { get; init; }

    /// <summary>The result; set exactly when succeeded.</summary>
    public ResultManifest? Result { get; init; }

    /// <summary>Grows by one with each transition.</summary>
    public long Version { get; init; }

    /// <summary>How many events the job has had.</summary>
    public long EventCount { get; init; }

    /// <summary>From the newest attempt's start to the job's ending, or to now while it runs; null otherwise.</summary>
    public TimeSpan? DurationAt(DateTimeOffset now)
    {
        var end = FinishedAt ?? (Status == JobStatus.Running ? now : null as DateTimeOffset?);
        return end - StartedAt is { } duration ? (duration > TimeSpan.Zero ? duration : TimeSpan.Zero) : null;
    }

    /// <summary>The state of a job that was just accepted, with its first event counted.</summary>
    public static JobState Accepted(JobSpec spec) => new()
    {
        Status = JobStatus.Pending,
        RunAt = spec.RunAt,
        UpdatedAt = spec.CreatedAt,
        Version = 1,
        EventCount = 1,
    };
}
