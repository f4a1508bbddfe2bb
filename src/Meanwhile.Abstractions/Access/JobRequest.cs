using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Access;

/// <summary>A submission as a caller makes it. What is null takes the default.</summary>
public sealed record JobRequest
{
    /// <summary>The tool: <c>query</c>, or one that the application registered.</summary>
    public required string Tool { get; init; }

    /// <summary>The tool's parameters: a JSON object; undefined = <c>{}</c>.</summary>
    public JsonElement Params { get; init; }

    /// <summary>The source's name; needed by <c>query</c>.</summary>
    public string? Source { get; init; }

    /// <summary>0 to 10; default the tool's, 0.</summary>
    public int? Priority { get; init; }

    /// <summary>How long the result lives after the ending, in hours: 1 to 168, default 24.</summary>
    public int? TtlHours { get; init; }

    /// <summary>Not before then; not together with <see cref="DelaySeconds"/>.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Not before so many seconds from now: 0 to 31,536,000.</summary>
    public double? DelaySeconds { get; init; }

    /// <summary>How long one attempt may run, in seconds: more than 0, at most 604,800.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>1 to 100; default the tool's, 3.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>At most 32 labels; names of 1 to 63 characters of a-z, 0-9, '-', '_', '.' and '/'; values of at most 256 characters.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>A key of the caller's own under which running jobs are counted and may be limited: 1 to 128 characters.</summary>
    public string? LimitKey { get; init; }

    /// <summary>Whether the work may be repeated when it is unknown whether it had its effect. Default: as the tool and the source know.</summary>
    public bool? Idempotent { get; init; }

    /// <summary>How long it may wait for its first attempt, in seconds, counted from run_at.</summary>
    public double? StartDeadlineSeconds { get; init; }

    /// <summary>Refused unless the source can tell: the highest cost that the planner may expect.</summary>
    public double? MaxCost { get; init; }

    /// <summary>The client's name for this submission: 1 to 255 printable ASCII characters.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The W3C traceparent to keep with the job.</summary>
    [JsonPropertyName("traceparent")]
    public string? TraceParent { get; init; }

    /// <summary>Reserved: <c>on_duplicate</c> is refused until it is built.</summary>
    public string? OnDuplicate { get; init; }

    /// <summary>Reserved: <c>keep</c> is refused until it is built.</summary>
    public string? Keep { get; init; }
}

/// <summary>The JSON of a request, with the names that the API uses; a field that it does not have is refused.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(JobRequest))]
public sealed partial class JobRequestJson : JsonSerializerContext;

/// <summary>An accepted submission.</summary>
/// <param name="Job">The job, as it was stored or, for a repeated idempotency key, as it is now.</param>
/// <param name="Created">False when an idempotency key named a job that was there.</param>
public sealed record Accepted(Job Job, bool Created);

/// <summary>What became of one job of a batch: either it was accepted or it was refused.</summary>
/// <param name="Accepted">Null when refused.</param>
/// <param name="Refused">Null when accepted.</param>
public sealed record BatchItem(Accepted? Accepted, Problem? Refused);

/// <summary>What became of one job of those that were to be stopped.</summary>
/// <param name="Job">The job as it is now; null when it was refused.</param>
/// <param name="Refused">Why not: there is no such job, or the caller may not stop it; null when it was asked to stop.</param>
public sealed record CancelItem(Job? Job, Problem? Refused);

/// <summary>One attempt of a job, as its events tell it.</summary>
/// <param name="Ordinal">From 1.</param>
/// <param name="Outcome"><c>succeeded</c>, <c>failed</c>, <c>canceled</c>, <c>timeout</c>, <c>retried</c>, <c>snoozed</c>, <c>handed_back</c>, <c>rescued</c>; null while it runs.</param>
public sealed record AttemptInfo(int Ordinal, string? Node, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Outcome, JobError? Error);

/// <summary>Which jobs a caller wants to list; the project and own-jobs scope are the caller's.</summary>
public sealed record JobQuery
{
    /// <summary>Any of these: the statuses' words, and <c>scheduled</c>.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>This tool.</summary>
    public string? Tool { get; init; }

    /// <summary>This source.</summary>
    public string? Source { get; init; }

    /// <summary>This principal.</summary>
    public string? SubmittedBy { get; init; }

    /// <summary>All of these labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>This trace: 32 hex digits.</summary>
    public string? TraceId { get; init; }

    /// <summary>Created at or after.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Created before.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Ran for at least so many seconds.</summary>
    public double? DurationSecondsMin { get; init; }

    /// <summary>Ran for at most so many seconds.</summary>
    public double? DurationSecondsMax { get; init; }

    /// <summary>Words in the statement or the error.</summary>
    public string? Words { get; init; }
}

/// <summary>A page of anything.</summary>
/// <param name="NextCursor">Where to go on; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>A page of events.</summary>
/// <param name="Cursor">Where to go on, also when there is nothing newer yet.</param>
public sealed record EventPage(IReadOnlyList<EventView> Items, string Cursor);

/// <summary>An event as a caller sees it.</summary>
/// <param name="Cursor">A reader that has seen this event goes on from here.</param>
/// <param name="ShortId">The job's short id.</param>
public sealed record EventView(string Cursor, string ShortId, JobEvent Event);

/// <summary>Which events a caller wants.</summary>
public sealed record EventQuery
{
    /// <summary>Where to go on; <c>now</c> = only what is new; null = from the oldest kept.</summary>
    public string? Cursor { get; init; }

    /// <summary>Only these kinds, by their words; empty = all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>1 to 1,000, default 100.</summary>
    public int? Limit { get; init; }

    /// <summary>How long to wait for a first event: zero to 60 s.</summary>
    public TimeSpan Wait { get; init; }
}
