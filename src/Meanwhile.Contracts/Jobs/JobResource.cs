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

/// <summary>What became of one job of a batch.</summary>
public sealed record BatchItemResource
{
    /// <summary>The accepted job.</summary>
    public JobResource? Job { get; init; }

    /// <summary>False when its idempotency key named a job that was there.</summary>
    public bool? Created { get; init; }

    /// <summary>Why it was refused.</summary>
    public ProblemResource? Problem { get; init; }
}

/// <summary>What became of one cancel of many.</summary>
public sealed record CancelItemResource
{
    /// <summary>The id as it was given.</summary>
    public required string JobId { get; init; }

    /// <summary>The job.</summary>
    public JobResource? Job { get; init; }

    /// <summary>Why there is none.</summary>
    public ProblemResource? Problem { get; init; }
}

/// <summary>What was found out about a statement without running it.</summary>
public sealed record CheckResource
{
    /// <summary>How many statements the text has.</summary>
    public int StatementCount { get; init; }

    /// <summary>Whether none of them writes; absent = the source can't tell.</summary>
    public bool? ReadOnly { get; init; }

    /// <summary>The columns of the last statement that has any.</summary>
    public required IReadOnlyList<ColumnResource> Columns { get; init; }

    /// <summary>The parameters that it takes.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>What the planner expects, in the source's own shape.</summary>
    public RawJson? Plan { get; init; }
}
