using Meanwhile.Jobs;

namespace Meanwhile.Nodes;

/// <summary>What a node says of itself when it registers.</summary>
/// <param name="Node">Its name: 1 to 63 characters of a-z, 0-9, '-', '_' and '.'; a worker's is followed by '@' and the project that it works for, or '*'. See <see cref="NodeEpoch.IsWorker"/>.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="ProcessId">The process.</param>
/// <param name="Version">The program's version.</param>
public sealed record NodeRegistration(string Node, string Host, int ProcessId, string Version)
{
    /// <summary>The tools whose jobs a worker takes: at most 100 names; empty for a server, which takes those that it knows.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];
}

/// <summary>A node's beat as the store has it.</summary>
/// <param name="Counter">Raised by the node itself; only its changing means anything.</param>
public readonly record struct NodeBeat(NodeEpoch Node, long Counter);

/// <summary>A node as people see it.</summary>
/// <param name="EndedAt">When it left or was declared dead; null while it lives.</param>
public sealed record NodeInfo(NodeEpoch Node, NodeRegistration Registration, DateTimeOffset RegisteredAt, DateTimeOffset? EndedAt, int RunningCount);

/// <summary>A registration's answer.</summary>
/// <param name="Node">The new epoch.</param>
/// <param name="Rescued">Jobs taken from epochs that this registration ended: changed by it, so worth telling about.</param>
public sealed record Registered(NodeEpoch Node, IReadOnlyList<JobId> Rescued);

/// <summary>Knows which nodes live. Safe for concurrent use.</summary>
public interface INodeStore
{
    /// <summary>Begins a new epoch, which ends earlier ones of the same name and rescues their work in the same transaction. In an exclusive store (one server per data directory) a server's ends those of every other server too.</summary>
    /// <remarks>Workers are no part of the server: what they do is healthy while it restarts, so theirs go on.</remarks>
    /// <exception cref="Stores.StoreUnavailableException">Repeating is safe: one more epoch is begun.</exception>
    ValueTask<Registered> RegisterAsync(NodeRegistration registration, CancellationToken cancellationToken);

    /// <summary>Raises the node's counter.</summary>
    /// <returns>False when the epoch has ended: the node must stop all its work and register anew.</returns>
    ValueTask<bool> BeatAsync(NodeEpoch node, CancellationToken cancellationToken);

    /// <summary>The counters of all living nodes.</summary>
    ValueTask<IReadOnlyList<NodeBeat>> ReadBeatsAsync(CancellationToken cancellationToken);

    /// <summary>Ends a node's epoch and rescues its work. Once this returns, nothing that the node writes changes anything.</summary>
    /// <returns>The rescued jobs; empty when the epoch had ended before.</returns>
    ValueTask<IReadOnlyList<JobId>> DeclareDeadAsync(NodeEpoch dead, CancellationToken cancellationToken);

    /// <summary>Living nodes, then those that ended lately, each newest first: at most 1,000.</summary>
    ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken);
}
