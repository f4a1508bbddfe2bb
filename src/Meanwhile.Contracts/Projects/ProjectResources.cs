using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>A project to be made or changed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ProjectSubmission
{
    /// <summary>1 to 63 characters of a-z, 0-9, '-' and '_'; with PUT it may be absent, or equal the address.</summary>
    public string? Name { get; init; }

    /// <summary>For people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Its share of free slots against others': more than 0, default 1.</summary>
    public double? Weight { get; init; }
}

/// <summary>A project.</summary>
public sealed record ProjectResource
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Its share of free slots against others'.</summary>
    public double Weight { get; init; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
