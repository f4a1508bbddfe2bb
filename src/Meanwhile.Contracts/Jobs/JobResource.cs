namespace Meanwhile.Contracts;

/// <summary>A job. What does not apply is absent.</summary>
public sealed record JobResource
{
    /// <summary>A UUIDv7.</summary>
    public required string JobId { get; init; }

    /// <summary><c>j</c> and 8 characters; accepted wherever an id is.</summary>
    public required string ShortId { get; init; }

    /// <summary>The project that it belongs to.</summary>
    public required string Project { get; init; }

    /// <summary>The key that submitted it.</summary>
    public required string SubmittedBy { get; init; }

    /// <summary>The tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The source.</summary>
    public string? Source { get; init; }

    /// <summary>The parameters, the statement among them; absent once expired.</summary>
    public RawJson? Params { get; init; }

    /// <summary><c>blocked</c>, <c>pending</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c>, <c>canceled</c> or <c>timeout</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What a running attempt is doing: <c>queued_remote</c>, <c>executing</c> or <c>fetching</c>.</summary>
    public string? Phase { get; init; }

    /// <summary>0 to 10.</summary>
    public int Priority { get; init; }

    /// <summary>The earliest time of the next attempt.</summary>
    public DateTimeOffset RunAt { get; init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>From the newest attempt's start to the ending, or to now.</summary>
    public long? DurationMs { get; init; }

    /// <summary>When statement, parameters and result go.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>True once they are gone.</summary>
    public bool? Expired { get; init; }

    /// <summary>The newest attempt: 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>How many attempts count against max_attempts.</summary>
    public int AttemptsCounted { get; init; }

    /// <summary>How many counted attempts there may be.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>How long one attempt may run.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>How long the result lives after the ending.</summary>
    public double TtlHours { get; init; }

    /// <summary>When waiting ends with status timeout.</summary>
    public DateTimeOffset? StartDeadlineAt { get; init; }

    /// <summary>How far the newest attempt is.</summary>
    public ProgressResource? Progress { get; init; }

    /// <summary>How many due jobs are ahead for the same source; exact up to 1,000.</summary>
    public int? PositionInQueue { get; init; }

    /// <summary>How long such work usually takes.</summary>
    public long? EstimatedDurationMs { get; init; }

    /// <summary>Why it does not run yet.</summary>
    public string? WaitingReason { get; init; }

    /// <summary>The result, once succeeded.</summary>
    public JobResultResource? Result { get; init; }

    /// <summary>A small JSON value that the tool returned.</summary>
    public RawJson? Summary { get; init; }

    /// <summary>Why it failed, or why the last attempt did.</summary>
    public ErrorResource? Error { get; init; }

    /// <summary>What is known of its stopping.</summary>
    public CancelResource? Cancel { get; init; }

    /// <summary>The client's name for the submission.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The caller's own limit key.</summary>
    public string? LimitKey { get; init; }

    /// <summary>Whether the work may be repeated when it is unknown whether it had its effect.</summary>
    public bool? Idempotent { get; init; }

    /// <summary>The labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The job that this one repeats.</summary>
    public string? RetryOf { get; init; }

    /// <summary>The trace that it was submitted in: 32 hex digits.</summary>
    public string? TraceId { get; init; }

    /// <summary>The W3C traceparent that came with the submission.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The node that runs the attempt.</summary>
    public string? Node { get; init; }

    /// <summary>Grows by one with each change of state.</summary>
    public long Version { get; init; }

    /// <summary>Changes whenever anything here does: what If-None-Match takes, without quotes.</summary>
    public required string Etag { get; init; }

    /// <summary>True when the store could not be asked and this is what the node remembers.</summary>
    public bool? Stale { get; init; }

    /// <summary>Ask again after so many milliseconds; absent once ended.</summary>
    public int? PollAfterMs { get; init; }
}
