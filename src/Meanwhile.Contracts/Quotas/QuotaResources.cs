using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>How much may be used: what is absent is not limited. At least one is given.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record QuotaLimitsResource
{
    /// <summary>How many jobs may wait or run at once; 0 takes no more.</summary>
    [Range(0.0, 1e15)]
    public long? LiveJobs { get; init; }

    /// <summary>How many jobs may be submitted in each minute.</summary>
    [Range(0.0, 1e15)]
    public long? SubmissionsPerMinute { get; init; }

    /// <summary>How many jobs may be submitted in each day (UTC).</summary>
    [Range(0.0, 1e15)]
    public long? SubmissionsPerDay { get; init; }

    /// <summary>Over how many bytes of stored results no more jobs are taken; for projects alone.</summary>
    [Range(0.0, 1e15)]
    public long? ResultBytes { get; init; }
}

/// <summary>How much is used now.</summary>
public sealed record UsageResource
{
    /// <summary>Jobs that wait or run.</summary>
    public long LiveJobs { get; init; }

    /// <summary>Jobs submitted in the running minute; counted while there is such a limit.</summary>
    public long SubmissionsPerMinute { get; init; }

    /// <summary>Jobs submitted today (UTC); counted while there is such a limit.</summary>
    public long SubmissionsPerDay { get; init; }

    /// <summary>Bytes of the stored results of jobs that have not expired; absent of a key.</summary>
    public long? ResultBytes { get; init; }
}

/// <summary>A quota, and how much of it is used.</summary>
public sealed record QuotaResource
{
    /// <summary><c>project:NAME</c> or <c>key:ID</c>.</summary>
    public required string Key { get; init; }

    /// <summary>How much may be used.</summary>
    public required QuotaLimitsResource Limits { get; init; }

    /// <summary>How much is used now.</summary>
    public required UsageResource Used { get; init; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
