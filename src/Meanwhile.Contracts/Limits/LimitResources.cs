using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>A limit to be set.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LimitSubmission
{
    /// <summary>How many may run at once; 0 pauses.</summary>
    [Range(0, 1_000_000)]
    public int? Max { get; init; }
}

/// <summary>A limit on how many jobs run at once under a key.</summary>
public sealed record LimitResource
{
    /// <summary>What is limited.</summary>
    public required string Key { get; init; }

    /// <summary>How many may run at once; 0 pauses.</summary>
    public int Max { get; init; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
