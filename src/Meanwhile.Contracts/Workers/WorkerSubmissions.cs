using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>A worker that registers.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerRegisterSubmission
{
    /// <summary>Its name within the project: 1 to 63 characters of a-z, 0-9, '-', '_' and '.'. One process, one name.</summary>
    public string? Name { get; init; }

    /// <summary>The tools whose jobs it takes: 1 to 100.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>Whether it works for all projects; only for instance admins.</summary>
    public bool? AllProjects { get; init; }

    /// <summary>The machine, for people.</summary>
    public string? Host { get; init; }

    /// <summary>The process, for people.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The worker's version, for people.</summary>
    public string? Version { get; init; }
}

/// <summary>Names a worker and its epoch, as the registration was answered.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerSubmission
{
    /// <summary>The worker.</summary>
    public string? Worker { get; init; }

    /// <summary>Its epoch.</summary>
    public long? Epoch { get; init; }
}

/// <summary>A worker that wants jobs.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerClaimSubmission
{
    /// <summary>The worker.</summary>
    public string? Worker { get; init; }

    /// <summary>Its epoch.</summary>
    public long? Epoch { get; init; }

    /// <summary>At most so many jobs; default 1.</summary>
    [Range(1, 100)]
    public int? Max { get; init; }

    /// <summary>How long to wait for a first job, in seconds; default 0.</summary>
    [Range(0.0, 60.0)]
    public double? WaitSeconds { get; init; }
}

/// <summary>A worker that lives.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerBeatSubmission
{
    /// <summary>The worker.</summary>
    public string? Worker { get; init; }

    /// <summary>Its epoch.</summary>
    public long? Epoch { get; init; }

    /// <summary>Every attempt that it holds; empty when none.</summary>
    public IReadOnlyList<RunningAttempt>? Running { get; init; }
}

/// <summary>An attempt that a worker holds.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RunningAttempt
{
    /// <summary>The job.</summary>
    public string? JobId { get; init; }

    /// <summary>The attempt.</summary>
    public int? Attempt { get; init; }

    /// <summary>Its fence.</summary>
    public long? Fence { get; init; }
}

/// <summary>How far an attempt is; what is absent stays as it was.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerProgressSubmission
{
    /// <summary>The attempt.</summary>
    public int? Attempt { get; init; }

    /// <summary>Its fence.</summary>
    public long? Fence { get; init; }

    /// <summary>0 to 1; never falls within an attempt.</summary>
    [Range(0.0, 1.0)]
    public double? Fraction { get; init; }

    /// <summary>What it is doing, for a person: at most 1,000 characters.</summary>
    public string? Message { get; init; }

    /// <summary>Counters to set, by name: at most 32.</summary>
    public Dictionary<string, long>? Counters { get; init; }
}

/// <summary>Lines for an attempt's log.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerLogSubmission
{
    /// <summary>The attempt.</summary>
    public int? Attempt { get; init; }

    /// <summary>Its fence.</summary>
    public long? Fence { get; init; }

    /// <summary>1 to 1,000 lines.</summary>
    public IReadOnlyList<string>? Lines { get; init; }
}

/// <summary>What the next attempt can go on from.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerCheckpointSubmission
{
    /// <summary>The attempt.</summary>
    public int? Attempt { get; init; }

    /// <summary>Its fence.</summary>
    public long? Fence { get; init; }

    /// <summary>Any JSON value, at most 64 KiB.</summary>
    public JsonElement? Checkpoint { get; init; }
}

/// <summary>How work ended.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WorkerFinishSubmission
{
    /// <summary>The attempt; not in the answer of an endpoint.</summary>
    public int? Attempt { get; init; }

    /// <summary>Its fence; not in the answer of an endpoint.</summary>
    public long? Fence { get; init; }

    /// <summary>Names this finish, so that it is applied once: a UUID; default made of what is said.</summary>
    public string? FinishId { get; init; }

    /// <summary><c>succeeded</c>, <c>failed</c>, <c>snoozed</c>, <c>handed_back</c> or <c>canceled</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>Of a success: any JSON value, at most 64 KiB.</summary>
    public JsonElement? Summary { get; init; }

    /// <summary>Of a failure: why.</summary>
    public FailureSubmission? Error { get; init; }

    /// <summary>Of a snooze: when to go on, in seconds from now.</summary>
    [Range(0.0, 31_536_000.0)]
    public double? DelaySeconds { get; init; }

    /// <summary>Of a snooze: why, for a person.</summary>
    public string? Reason { get; init; }

    /// <summary>Of a success with rows, which follow as NDJSON: their columns, 1 to 1,000.</summary>
    public IReadOnlyList<ColumnSubmission>? Columns { get; init; }
}

/// <summary>Why work failed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FailureSubmission
{
    /// <summary><c>transient</c>, <c>throttled</c>, <c>auth</c>, <c>syntax</c>, <c>not_found</c>, <c>permission</c>, <c>resource_limit</c>, <c>timeout</c>, <c>unknown_outcome</c> or <c>internal</c> (default).</summary>
    public string? Type { get; init; }

    /// <summary>A stable word for this very failure; default the type.</summary>
    public string? Code { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>Whether the same work may succeed when tried again; default as the type says: true of transient and throttled.</summary>
    public bool? Retryable { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Hint { get; init; }

    /// <summary>Not to be tried again before so many seconds.</summary>
    [Range(0.0, 86_400.0)]
    public double? RetryAfterSeconds { get; init; }
}

/// <summary>A column of rows that follow.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ColumnSubmission
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>The worker's own word for the type.</summary>
    public string? Type { get; init; }
}
