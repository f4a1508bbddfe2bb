namespace Meanwhile.Contracts;

/// <summary>Something that happened to a job.</summary>
public sealed record EventResource
{
    /// <summary>A reader that has seen this event goes on from here.</summary>
    public required string Cursor { get; init; }

    /// <summary>What happened, such as <c>job.submitted</c>, <c>job.started</c>, <c>job.succeeded</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Its short id.</summary>
    public required string ShortId { get; init; }

    /// <summary>The event's place in the feed: ascending, with gaps.</summary>
    public long Number { get; init; }

    /// <summary>The event's place among the job's: from 1, without a gap.</summary>
    public long JobNumber { get; init; }

    /// <summary>The job's status after it.</summary>
    public required string Status { get; init; }

    /// <summary>The attempt that it belongs to; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>What it says besides.</summary>
    public EventDetailResource? Detail { get; init; }
}

/// <summary>What an event says besides its kind.</summary>
public sealed record EventDetailResource
{
    /// <summary>The node that runs the attempt.</summary>
    public string? Node { get; init; }

    /// <summary>Why the attempt or the job failed.</summary>
    public ErrorResource? Error { get; init; }

    /// <summary>When the next attempt is due.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Who asked for the cancel.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>How far it is: 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>How long the attempt's log is by now.</summary>
    public long? LogBytes { get; init; }
}
