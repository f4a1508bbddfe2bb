namespace Meanwhile.Contracts;

/// <summary>How far an attempt is.</summary>
public sealed record ProgressResource
{
    /// <summary>0 to 1; never falls within an attempt.</summary>
    public double? Fraction { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>Counters by name, such as rows.</summary>
    public IReadOnlyDictionary<string, long>? Counters { get; init; }

    /// <summary>How many bytes of log the attempt has written.</summary>
    public long? LogBytes { get; init; }

    /// <summary>Grows with each report.</summary>
    public long Number { get; init; }
}

/// <summary>Why work failed.</summary>
public sealed record ErrorResource
{
    /// <summary><c>transient</c>, <c>throttled</c>, <c>auth</c>, <c>syntax</c>, <c>not_found</c>, <c>permission</c>, <c>resource_limit</c>, <c>timeout</c>, <c>canceled</c>, <c>unknown_outcome</c> or <c>internal</c>.</summary>
    public required string Type { get; init; }

    /// <summary>A stable word for this very failure.</summary>
    public required string Code { get; init; }

    /// <summary>For a person.</summary>
    public required string Message { get; init; }

    /// <summary>Whether the same work may succeed when tried again.</summary>
    public bool Retryable { get; init; }

    /// <summary>The source's own code.</summary>
    public string? SourceCode { get; init; }

    /// <summary>SQLSTATE.</summary>
    public string? SqlState { get; init; }

    /// <summary>Where in the statement, in characters from 1.</summary>
    public int? Position { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Hint { get; init; }
}

/// <summary>What is known of the stopping of a job's work.</summary>
public sealed record CancelResource
{
    /// <summary><c>requested</c> or <c>timeout</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>When the wish was stored.</summary>
    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>Who asked.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>When the source was told.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>What it answered.</summary>
    public string? Answer { get; init; }

    /// <summary>Whether the work was seen gone.</summary>
    public bool Confirmed { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>True once the work did not go within the time allowed and is still watched.</summary>
    public bool Unconfirmed { get; init; }
}

/// <summary>An attempt.</summary>
public sealed record AttemptResource
{
    /// <summary>From 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The node that ran it.</summary>
    public string? Node { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary><c>succeeded</c>, <c>failed</c>, <c>canceled</c>, <c>timeout</c>, <c>retried</c>, <c>snoozed</c>, <c>handed_back</c> or <c>rescued</c>; absent while it runs.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why it failed.</summary>
    public ErrorResource? Error { get; init; }
}
