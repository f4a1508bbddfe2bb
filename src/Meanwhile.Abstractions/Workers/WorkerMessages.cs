using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Workers;

/// <summary>What a worker says of itself when it registers.</summary>
public sealed record WorkerRegistration
{
    /// <summary>Its name within the project: 1 to 63 characters of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit. One process, one name.</summary>
    public required string Name { get; init; }

    /// <summary>The tools whose jobs it takes: 1 to 100, each declared for workers.</summary>
    public required IReadOnlyList<string> Tools { get; init; }

    /// <summary>Whether it works for all projects; only for instance admins.</summary>
    public bool AllProjects { get; init; }

    /// <summary>The machine, for people; null = not said.</summary>
    public string? Host { get; init; }

    /// <summary>The process, for people; null = not said.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The worker's version, for people; null = not said.</summary>
    public string? Version { get; init; }
}

/// <summary>A worker's epoch, and how it is kept.</summary>
/// <param name="Worker">What every further call names.</param>
/// <param name="BeatEvery">How often to beat.</param>
/// <param name="DeadAfter">How long without a beat until the epoch is ended and its work given to others.</param>
public sealed record WorkerLease(NodeEpoch Worker, TimeSpan BeatEvery, TimeSpan DeadAfter);

/// <summary>A claimed job as a worker needs it.</summary>
public sealed record WorkerJob
{
    /// <summary>What every write for the attempt carries.</summary>
    public required AttemptFence Fence { get; init; }

    /// <summary>The job's short id.</summary>
    public required string ShortId { get; init; }

    /// <summary>Its project.</summary>
    public required string Project { get; init; }

    /// <summary>Its tool.</summary>
    public required string Tool { get; init; }

    /// <summary>Its params: a JSON object.</summary>
    public required string Params { get; init; }

    /// <summary>What earlier attempts saved, as JSON; null = nothing.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>How long the attempt may run; null = unlimited. The server looks after it and tells the worker to stop.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How many counted attempts there may be.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = JobSpec.NoLabels;

    /// <summary>The W3C traceparent that it was submitted with; null = none.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>What a claim gave.</summary>
/// <param name="Jobs">In claim order; empty when none was due within the wait.</param>
/// <param name="PollAfter">When to claim again: zero = at once.</param>
public sealed record WorkerClaim(IReadOnlyList<WorkerJob> Jobs, TimeSpan PollAfter);

/// <summary>Why an attempt is to stop.</summary>
public enum WorkerStop
{
    /// <summary>Somebody cancelled the job: stop, and finish as canceled.</summary>
    Canceled,

    /// <summary>It is over its timeout: stop, and finish as canceled; the job ends as timeout.</summary>
    Timeout,

    /// <summary>It has another owner, or has ended: stop, and forget it.</summary>
    Fenced,
}

/// <summary>The words of the reasons to stop.</summary>
public static class WorkerStops
{
    extension(WorkerStop reason)
    {
        /// <summary>The word used in JSON.</summary>
        public string Word => reason switch
        {
            WorkerStop.Canceled => "canceled",
            WorkerStop.Timeout => "timeout",
            WorkerStop.Fenced => "fenced",
        };
    }

    /// <summary>The reason that a word names; null when none.</summary>
    public static WorkerStop? FromWord(string word) => word switch
    {
        "canceled" => WorkerStop.Canceled,
        "timeout" => WorkerStop.Timeout,
        "fenced" => WorkerStop.Fenced,
        _ => null,
    };
}

/// <summary>An attempt that is to stop.</summary>
public readonly record struct StoppedAttempt(AttemptFence Fence, WorkerStop Reason);

/// <summary>What a beat is answered with.</summary>
/// <param name="Stop">Attempts to stop, until they are finished or, if fenced, not named any more.</param>
/// <param name="Drain">Whether the worker should claim no more, end what it has, and leave.</param>
public sealed record WorkerBeat(IReadOnlyList<StoppedAttempt> Stop, bool Drain);

/// <summary>How far an attempt is.</summary>
public sealed record WorkerProgress
{
    /// <summary>0 to 1; null = as before.</summary>
    public double? Fraction { get; init; }

    /// <summary>What it is doing, for a person: at most 1,000 characters; null = as before.</summary>
    public string? Message { get; init; }

    /// <summary>Counters to set, by name: at most 32, names of at most 63 characters.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = JobProgress.NoCounters;
}

/// <summary>What is new for an attempt, told with the answer to each of its writes, so that a worker hears of it between beats.</summary>
/// <param name="Stop">Why it is to stop; null = it is not.</param>
public sealed record WorkerNews(WorkerStop? Stop);
