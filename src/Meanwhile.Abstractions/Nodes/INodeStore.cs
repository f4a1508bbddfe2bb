using Meanwhile.Jobs;

namespace Meanwhile.Nodes;

/// <summary>What a node says of itself when it registers.</summary>
/// <param name="Node">Its name: 1 to 63 characters of a-z, 0-9, '-', '_' and '.'; a worker's is followed by '@' and the project that it works for, or '*'. See <see cref="NodeEpoch.IsWorker"/>.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="ProcessId">The process.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Roles">What it does.</param>
public sealed record NodeRegistration(string Node, string Host, int ProcessId, string Version, NodeRoles Roles = NodeRoles.All)
{
    /// <summary>The tools whose jobs a worker takes: at most 100 names; empty for a server, which takes those that it knows.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];
}

/// <summary>What a beat is answered.</summary>
public enum BeatAnswer
{
    /// <summary>Go on.</summary>
    Beating,

    /// <summary>Go on with what runs, and claim nothing: somebody asked for a drain.</summary>
    Draining,

    /// <summary>The epoch has ended: stop all work, then register anew.</summary>
    Ended,
}

/// <summary>A hint to other nodes of what has just been committed; losing one costs no more than a poll.</summary>
/// <param name="Work">Whether there may be new due work.</param>
/// <param name="Cancels">Whether somebody wants running work stopped.</param>
/// <param name="Jobs">Jobs that changed: at most <see cref="JobsMax"/>.</param>
/// <param name="Projects">The projects in which something changed: at most <see cref="ProjectsMax"/>.</param>
/// <param name="Enqueued">Whether somebody committed submissions with a transaction of their own; see <see cref="Stores.IEnqueuedRequests"/>.</param>
public sealed record WakeUp(bool Work, bool Cancels, IReadOnlyList<JobId> Jobs, IReadOnlyList<string> Projects, bool Enqueued = false)
{
    /// <summary>How many jobs one hint names; of more, waiters find out by polling.</summary>
    public const int JobsMax = 64;

    /// <summary>How many projects one hint names.</summary>
    public const int ProjectsMax = 32;
}

/// <summary>A node's beat as the store has it.</summary>
/// <param name="Counter">Raised by the node itself; only its changing means anything.</param>
public readonly record struct NodeBeat(NodeEpoch Node, long Counter);

/// <summary>A node as people see it.</summary>
/// <param name="EndedAt">When it left or was declared dead; null while it lives.</param>
/// <param name="Draining">Whether somebody asked it to claim nothing.</param>
public sealed record NodeInfo(NodeEpoch Node, NodeRegistration Registration, DateTimeOffset RegisteredAt, DateTimeOffset? EndedAt, int RunningCount, bool Draining = false)
{
    /// <summary>What it is doing.</summary>
    public NodeStatus Status =>
        EndedAt is not null ? NodeStatus.Ended
        : !Draining ? NodeStatus.Up
        : RunningCount > 0 ? NodeStatus.Draining
        : NodeStatus.Drained;
}

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
    /// <remarks>Called on a thread of its own, which it may block: a store that many nodes share beats on a connection of its own and needs no thread of the pool.</remarks>
    ValueTask<BeatAnswer> BeatAsync(NodeEpoch node, CancellationToken cancellationToken);

    /// <summary>The counters of all living nodes.</summary>
    ValueTask<IReadOnlyList<NodeBeat>> ReadBeatsAsync(CancellationToken cancellationToken);

    /// <summary>Ends a node's epoch and rescues its work. Once this returns, nothing that the node writes changes anything.</summary>
    /// <returns>The rescued jobs; empty when the epoch had ended before.</returns>
    ValueTask<IReadOnlyList<JobId>> DeclareDeadAsync(NodeEpoch dead, CancellationToken cancellationToken);

    /// <summary>Asks a living node to claim nothing more, or to claim again; it hears of it with its next beat.</summary>
    /// <returns>False when no node of that name lives.</returns>
    ValueTask<bool> SetDrainingAsync(string node, bool draining, CancellationToken cancellationToken);

    /// <summary>Whether several nodes share the store at once. Otherwise nobody need be told of anything.</summary>
    bool IsShared { get; }

    /// <summary>Tells the other nodes, outside any transaction.</summary>
    ValueTask TellAsync(WakeUp wakeUp, CancellationToken cancellationToken);

    /// <summary>Hears what other nodes tell, until cancelled. Ends with <see cref="Stores.StoreUnavailableException"/> when the connection is lost: what is told meanwhile is lost.</summary>
    IAsyncEnumerable<WakeUp> ListenAsync(CancellationToken cancellationToken);

    /// <summary>Living nodes, then those that ended lately, each newest first: at most 1,000.</summary>
    ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken);
}
