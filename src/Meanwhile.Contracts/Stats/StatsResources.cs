namespace Meanwhile.Contracts;

/// <summary>A project in numbers.</summary>
public sealed record StatsResource
{
    /// <summary>How many jobs in each status that occurs, by its word.</summary>
    public required IReadOnlyDictionary<string, long> Jobs { get; init; }

    /// <summary>Work running on the node that answered, of all projects.</summary>
    public int NodeRunning { get; init; }

    /// <summary>How much may run there at once.</summary>
    public int NodeConcurrency { get; init; }

    /// <summary>How long that process has been up.</summary>
    public double UptimeSeconds { get; init; }

    /// <summary>Bytes that results may still take.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>The process's memory.</summary>
    public long MemoryBytes { get; init; }
}

/// <summary>Whether a server lives, or can take work.</summary>
public sealed record HealthResource
{
    /// <summary><c>live</c>, <c>ready</c> or <c>not_ready</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What is missing, each in a sentence.</summary>
    public IReadOnlyList<string>? Reasons { get; init; }
}
