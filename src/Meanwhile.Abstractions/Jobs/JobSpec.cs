namespace Meanwhile.Jobs;

/// <summary>What was asked for: everything about a job that never changes.</summary>
/// <remarks>Stores keep times and spans as whole microseconds; what is finer is cut off.</remarks>
public sealed record JobSpec
{
    /// <summary>The job's id, made before anything was stored.</summary>
    public required JobId Id { get; init; }

    /// <summary>The project that the job belongs to: 1 to 63 characters of a-z, 0-9, '-' and '_'.</summary>
    public required string Project { get; init; }

    /// <summary>The principal who asked: a key's id.</summary>
    public required string SubmittedBy { get; init; }

    /// <summary>The tool's name.</summary>
    public required string Tool { get; init; }

    /// <summary>The source's name; null for tools that use none.</summary>
    public string? Source { get; init; }

    /// <summary>The statement, kept apart from the parameters because equal texts are stored once; null for tools without one.</summary>
    public string? Statement { get; init; }

    /// <summary>The parameters as a JSON object, without the statement.</summary>
    public string Params { get; init; } = "{}";

    /// <summary>0 (lowest, the default) to 10. Orders the work within a project.</summary>
    public int Priority { get; init; }

    /// <summary>When the job was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The earliest time of the first attempt.</summary>
    public required DateTimeOffset RunAt { get; init; }

    /// <summary>How many counted attempts there may be: 1 or more, 3 by default.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How long one attempt may run; null = unlimited.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When waiting ends with status timeout; null = never.</summary>
    public DateTimeOffset? StartDeadlineAt { get; init; }

    /// <summary>How long the result lives after the ending: 1 hour to 7 days, 24 hours by default.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Whether the work may be run again when it is unknown whether it had its effect.</summary>
    public bool Idempotent { get; init; }

    /// <summary>The caller's own limit key, scoped to the project; null = none.</summary>
    public string? LimitKey { get; init; }

    /// <summary>The client's name for this submission, unique per project and principal for as long as the job is kept; null = none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>A hash of the canonical request: 32 bytes, set with an idempotency key. The same key with another hash is a conflict.</summary>
    public ReadOnlyMemory<byte> ContentHash { get; init; }

    /// <summary>The caller's labels: name to value.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoLabels;

    /// <summary>The W3C traceparent that came with the submission; null = none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The job that this one repeats at somebody's request; null = none.</summary>
    public JobId? RetryOf { get; init; }

    /// <summary>The 32 hex digits of the trace in <see cref="TraceParent"/>; null = none.</summary>
    public string? TraceId => TraceParent is { Length: >= 35 } text ? text.Substring(3, 32) : null;

    /// <summary>What is left once the job has expired: statement, parameters and labels are gone.</summary>
    public JobSpec WithoutBody() => this with { Statement = null, Params = "{}", Labels = NoLabels };

    /// <summary>No labels.</summary>
    public static IReadOnlyDictionary<string, string> NoLabels { get; } = new Dictionary<string, string>();
}
