namespace Meanwhile.Contracts;

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

    /// <summary>What it does: <c>api</c>, <c>worker</c>, <c>poller</c>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary><c>up</c>; <c>draining</c> while it claims nothing and its work goes on; <c>drained</c> once nothing runs there; <c>ended</c> when it left or was declared dead.</summary>
    public string Status { get; init; } = "up";
}
