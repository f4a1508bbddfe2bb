using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>What every kind of source lets one set; what is absent takes the default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SourceOptionsResource
{
    /// <summary>Whether writes are refused. Default true.</summary>
    public bool? ReadOnly { get; init; }

    /// <summary>How many statements may run at once; default the server's, 8.</summary>
    [Range(1, 1_000)]
    public int? Concurrency { get; init; }

    /// <summary>How long one statement may run when the job does not say; default unlimited.</summary>
    [Range(0.0, 604_800.0, MinimumIsExclusive = true)]
    public double? StatementTimeoutSeconds { get; init; }

    /// <summary>At most so many rows of one statement are kept; default unlimited.</summary>
    public long? MaxRows { get; init; }

    /// <summary>At most so many bytes of one job's result are kept, uncompressed; default the server's.</summary>
    public long? MaxResultBytes { get; init; }

    /// <summary>A longer cell is cut; default 16 MiB.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int? MaxCellBytes { get; init; }
}

/// <summary>A source to be made or changed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SourceSubmission
{
    /// <summary>1 to 63 characters of a-z, 0-9, '-' and '_'; with PUT it may be absent, or equal the address.</summary>
    public string? Name { get; init; }

    /// <summary>Which kind of system: <c>sqlite</c>.</summary>
    public string? Type { get; init; }

    /// <summary>What the kind needs; secrets as references.</summary>
    public JsonElement? Settings { get; init; }

    /// <summary>What every kind has.</summary>
    public SourceOptionsResource? Options { get; init; }
}

/// <summary>A source.</summary>
public sealed record SourceResource
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The project that it belongs to; absent when every project shares it.</summary>
    public string? Project { get; init; }

    /// <summary>Which kind of system.</summary>
    public required string Type { get; init; }

    /// <summary>What the kind needs.</summary>
    public JsonElement Settings { get; init; }

    /// <summary>What every kind has.</summary>
    public required SourceOptionsResource Options { get; init; }

    /// <summary>Whether it is in the configuration file, so that it can't be changed here.</summary>
    public bool FromConfiguration { get; init; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>What a source answered when it was tried.</summary>
public sealed record SourceProbeResource
{
    /// <summary>The source.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it can be used.</summary>
    public bool Ok { get; init; }

    /// <summary>Why not, and what to do.</summary>
    public ErrorResource? Error { get; init; }

    /// <summary>How long the try took.</summary>
    public long TookMs { get; init; }
}
