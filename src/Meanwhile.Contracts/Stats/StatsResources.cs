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

/// <summary>A node.</summary>
public sealed record NodeResource
{
    /// <summary>Its name.</summary>
    public required string Node { get; init; }

    /// <summary>One life of it: from 1.</summary>
    public long Epoch { get; init; }

    /// <summary>The machine.</summary>
    public required string Host { get; init; }

    /// <summary>The process.</summary>
    public int ProcessId { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>The tools whose jobs a worker takes; absent for a server.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>When it registered.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When it left or was declared dead.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How many jobs it runs.</summary>
    public int RunningCount { get; init; }
}

/// <summary>Whether a server lives, or can take work.</summary>
public sealed record HealthResource
{
    /// <summary><c>live</c>, <c>ready</c> or <c>not_ready</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What is missing, each in a sentence.</summary>
    public IReadOnlyList<string>? Reasons { get; init; }
}
