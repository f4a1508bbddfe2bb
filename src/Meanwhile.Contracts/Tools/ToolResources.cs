using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>A tool whose jobs workers run, to be made or changed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ToolSubmission
{
    /// <summary>1 to 63 characters of a-z, 0-9, '-', '_' and '.'; it may be absent, or equal the address.</summary>
    public string? Name { get; init; }

    /// <summary><c>worker</c> (default); endpoints, <c>http</c>, are declared in the server's configuration file.</summary>
    public string? Type { get; init; }

    /// <summary>What it does, for people and for models.</summary>
    public string? Description { get; init; }

    /// <summary>A JSON Schema that params are held to; default any object.</summary>
    public JsonElement? ParamsSchema { get; init; }

    /// <summary>The priority of jobs that do not say; default 0.</summary>
    [Range(0, 10)]
    public int? Priority { get; init; }

    /// <summary>max_attempts of jobs that do not say; default 3.</summary>
    [Range(1, 100)]
    public int? MaxAttempts { get; init; }

    /// <summary>How long an attempt may run when the job does not say, in seconds; default unlimited.</summary>
    [Range(0.0, 604_800.0, MinimumIsExclusive = true)]
    public double? TimeoutSeconds { get; init; }

    /// <summary>Whether the work may run again when it is unknown how far it came. Default true.</summary>
    public bool? Idempotent { get; init; }
}

/// <summary>A tool.</summary>
public sealed record ToolResource
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who runs its jobs: <c>builtin</c> (the server), <c>application</c> (the program that embeds it), <c>worker</c> or <c>http</c> (an endpoint).</summary>
    public required string Type { get; init; }

    /// <summary>What it does.</summary>
    public required string Description { get; init; }

    /// <summary>The JSON Schema of its params; absent = any object, or none to show.</summary>
    public JsonElement? ParamsSchema { get; init; }

    /// <summary>The priority of jobs that do not say.</summary>
    public int Priority { get; init; }

    /// <summary>max_attempts of jobs that do not say.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>How long an attempt may run when the job does not say; absent = unlimited.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Whether the work may run again when it is unknown how far it came.</summary>
    public bool Idempotent { get; init; }

    /// <summary>How many living workers take the project's jobs of it; absent unless workers run them.</summary>
    public int? WorkerCount { get; init; }

    /// <summary>Whether it can't be changed here.</summary>
    public bool FromConfiguration { get; init; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}
