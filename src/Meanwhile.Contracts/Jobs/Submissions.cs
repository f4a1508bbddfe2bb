using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>What every submission can say. What is absent takes the default.</summary>
public abstract record Submission
{
    /// <summary>The source's name.</summary>
    public string? Source { get; init; }

    /// <summary>0 (lowest) to 10; default the tool's.</summary>
    [Range(0, 10)]
    public int? Priority { get; init; }

    /// <summary>How long the result lives after the ending, in hours: 1 to 168, default 24.</summary>
    [Range(1, 168)]
    public int? TtlHours { get; init; }

    /// <summary>Not before then; not together with delay_seconds.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Not before so many seconds from now.</summary>
    [Range(0.0, 31_536_000.0)]
    public double? DelaySeconds { get; init; }

    /// <summary>How long one attempt may run, in seconds.</summary>
    [Range(0.0, 604_800.0, MinimumIsExclusive = true)]
    public double? TimeoutSeconds { get; init; }

    /// <summary>How many counted attempts there may be; default 3.</summary>
    [Range(1, 100)]
    public int? MaxAttempts { get; init; }

    /// <summary>Labels: name to value; at most 32.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>A key of the caller's own under which running jobs are counted and may be limited.</summary>
    public string? LimitKey { get; init; }

    /// <summary>Whether the work may be repeated when it is unknown whether it had its effect.</summary>
    public bool? Idempotent { get; init; }

    /// <summary>How long it may wait for its first attempt, in seconds, counted from run_at.</summary>
    [Range(0.0, 31_536_000.0, MinimumIsExclusive = true)]
    public double? StartDeadlineSeconds { get; init; }

    /// <summary>True: only check it; the answer says what was found, and there is no job.</summary>
    public bool? DryRun { get; init; }

    /// <summary>The highest cost that the source's planner may expect.</summary>
    public double? MaxCost { get; init; }

    /// <summary>The client's name for this submission; a single one can give it as the Idempotency-Key header instead.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Wait so long for the ending before answering, in seconds: 0 (default) to 60.</summary>
    [Range(0.0, 60.0)]
    public double? WaitSeconds { get; init; }

    /// <summary>What becomes of a job that has not ended within the wait: <c>continue</c> (default) or <c>cancel</c>.</summary>
    public string? OnWaitTimeout { get; init; }

    /// <summary>Reserved.</summary>
    public string? OnDuplicate { get; init; }

    /// <summary>Reserved.</summary>
    public string? Keep { get; init; }
}

/// <summary>A job to be run.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record JobSubmission : Submission
{
    /// <summary>The tool's name: <c>query</c>, or one that the application registered.</summary>
    public string? Tool { get; init; }

    /// <summary>The tool's parameters: an object.</summary>
    public JsonElement? Params { get; init; }
}

/// <summary>A statement to be run: shorthand for a job of the tool <c>query</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record QuerySubmission : Submission
{
    /// <summary>The statement.</summary>
    public string? Sql { get; init; }

    /// <summary>Its parameters: an object by name, or an array by position.</summary>
    public JsonElement? Parameters { get; init; }
}

/// <summary>Many jobs at once; each is accepted or refused by itself.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BatchSubmission
{
    /// <summary>1 to 1,000 jobs.</summary>
    public IReadOnlyList<JobSubmission>? Jobs { get; init; }
}

/// <summary>What may be sent where there is nothing to say.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EmptySubmission;

/// <summary>Jobs to be stopped.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CancelSubmission
{
    /// <summary>1 to 1,000 ids or short ids.</summary>
    public IReadOnlyList<string>? JobIds { get; init; }
}
