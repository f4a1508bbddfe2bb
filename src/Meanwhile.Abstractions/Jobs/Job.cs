using System.Text.Json.Serialization;
using Meanwhile.Results;

namespace Meanwhile.Jobs;

/// <summary>A job as a store keeps it.</summary>
/// <param name="Sequence">The project's counter: from 1, unique within the project; what <see cref="ShortIds"/> makes a short id of.</param>
/// <param name="Spec">What was asked for. Statement, parameters and labels are gone once the job has expired.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Progress">How far the newest attempt is; null when nothing was reported.</param>
public sealed record JobRecord(long Sequence, JobSpec Spec, JobState State, JobProgress? Progress)
{
    /// <summary>The job's id.</summary>
    public JobId Id => Spec.Id;
}

/// <summary>How far a running attempt is.</summary>
public sealed record JobProgress
{
    /// <summary>0 to 1, never falling within an attempt; null when nobody can tell.</summary>
    public double? Fraction { get; init; }

    /// <summary>What it is doing, for a person; null = nothing said.</summary>
    public string? Message { get; init; }

    /// <summary>What the attempt is doing; null when it does not say.</summary>
    public JobPhase? Phase { get; init; }

    /// <summary>Counters by name, such as <c>rows</c> and <c>bytes</c>.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = NoCounters;

    /// <summary>How many bytes of log the attempt has written.</summary>
    public long LogBytes { get; init; }

    /// <summary>Grows with each report of an attempt; a job's ETag is version.progress.</summary>
    public long Number { get; init; }

    /// <summary>No counters.</summary>
    [JsonIgnore]
    public static IReadOnlyDictionary<string, long> NoCounters { get; } = new Dictionary<string, long>();
}

/// <summary>A job as a caller sees it: the record, and what the engine knows besides.</summary>
public sealed record Job
{
    /// <summary>What the store keeps.</summary>
    public required JobRecord Record { get; init; }

    /// <summary><c>j</c> and 8 characters; accepted wherever an id is.</summary>
    public required string ShortId { get; init; }

    /// <summary>How many due jobs are ahead for the same source: 0 = next; exact up to 1,000; null unless pending and due.</summary>
    public int? PositionInQueue { get; init; }

    /// <summary>Why a pending job does not run yet, for a person; null unless pending.</summary>
    public string? WaitingReason { get; init; }

    /// <summary>How long such work usually takes; null while there is no history to tell from.</summary>
    public TimeSpan? EstimatedDuration { get; init; }

    /// <summary>How long the newest attempt ran, or has been running when this was answered, both by the server's clock; null while none has begun or the job waits for another.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>True when the store could not be asked and this is what the node remembers.</summary>
    public bool Stale { get; init; }

    /// <summary>The first rows of the result, when they were asked for and the job has succeeded.</summary>
    public ResultPage? Rows { get; init; }

    /// <summary>The job's id.</summary>
    public JobId Id => Record.Spec.Id;

    /// <summary>Where the job is in its life.</summary>
    public JobStatus Status => Record.State.Status;

    /// <summary>Changes whenever anything that a reader sees does: version.progress.</summary>
    public string ETag => $"{Record.State.Version}.{Record.Progress?.Number ?? 0}";
}
