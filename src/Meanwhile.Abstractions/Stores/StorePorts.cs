using Meanwhile.Blobs;
using Meanwhile.Nodes;
using Meanwhile.Registry;

namespace Meanwhile.Stores;

/// <summary>Everything that a store offers, opened.</summary>
public sealed record StorePorts
{
    /// <summary>Where jobs change.</summary>
    public required IJobStore Jobs { get; init; }

    /// <summary>Where jobs are read.</summary>
    public required IJobReader Reader { get; init; }

    /// <summary>Where events are read.</summary>
    public required IEventReader Events { get; init; }

    /// <summary>Where nodes are known.</summary>
    public required INodeStore Nodes { get; init; }

    /// <summary>Where the instance is configured.</summary>
    public required IRegistry Registry { get; init; }

    /// <summary>Where actions are recorded.</summary>
    public required IAuditLog Audit { get; init; }

    /// <summary>Where what projects and principals use is counted.</summary>
    public required IUsage Usage { get; init; }

    /// <summary>Where others leave submissions with transactions of their own; null = the store has no such place.</summary>
    public IEnqueuedRequests? Enqueued { get; init; }

    /// <summary>The time by which all nodes of the store go, with this node's own monotonic time and timers; null = the node's own clock.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Ends when the store has met another history than the one that was opened, as after a failover to a replica that was behind: nothing answers from then on, and it must be closed and opened anew. Null = that can't be.</summary>
    public Task? HistoryEnded { get; init; }

    /// <summary>Where results and logs go unless the host says otherwise; null = to <see cref="BlobDirectory"/>.</summary>
    public IBlobStore? Blobs { get; init; }

    /// <summary>The directory where results and logs go when there is nothing else for them; null = the host must say.</summary>
    public string? BlobDirectory { get; init; }
}

/// <summary>Opens the store when the engine starts, and closes it when the engine has ended.</summary>
/// <remarks>Not disposable: a container would close the store before the engine, which it made earlier and so disposes later.</remarks>
public interface IStoreOpener
{
    /// <summary>Opens the store, once, or again after it was closed; migrates it when it is older.</summary>
    /// <exception cref="StoreUnusableException">It can't be used as it is; nothing was touched.</exception>
    ValueTask<StorePorts> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Closes the store, after everything written is durable. Nothing happens when it is not open.</summary>
    ValueTask CloseAsync();

    /// <summary>Leaves word beside the store of who serves it, where a store can, so that a second server can name the first.</summary>
    /// <param name="url">Where this server listens.</param>
    /// <param name="node">Its node.</param>
    void Announce(string url, NodeEpoch node)
    {
    }
}
