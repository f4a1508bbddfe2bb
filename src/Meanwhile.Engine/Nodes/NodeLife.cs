using Meanwhile.Diagnostics;
using Meanwhile.Settings;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Nodes;

/// <summary>This node's life in the store: registers, beats, registers anew when its epoch was ended by others, and leaves.</summary>
internal sealed partial class NodeLife(INodeStore nodes, StorePatience patience, TimeProvider time, EngineOptions options, NodeRegistration registration, ILogger<NodeLife> logger)
{
    private readonly NameHolder _holder = new(nodes, patience, time, options);
    private readonly AsyncSignal _lost = new();
    private readonly Lock _gate = new();
    private NodeEpoch? _current;
    private volatile bool _draining;

    /// <summary>The epoch under which this node may claim; null while it has none.</summary>
    public NodeEpoch? Current
    {
        get
        {
            lock (_gate) return _current;
        }
    }

    /// <summary>Whether somebody asked that this node claim nothing more.</summary>
    public bool IsDraining => _draining;

    /// <summary>Begins an epoch, once it is seen that no other server works under this node's name.</summary>
    /// <returns>The jobs that were taken from epochs that ended by it.</returns>
    /// <exception cref="StoreUnusableException">Another one does.</exception>
    public async ValueTask<IReadOnlyList<Jobs.JobId>> RegisterAsync(CancellationToken cancellationToken)
    {
        if (await _holder.FindAsync(registration.Node, node => LogWatching(logger, node), cancellationToken) is { } holder) throw new StoreUnusableException(Taken(holder));
        return await BeginEpochAsync(cancellationToken);
    }

    private async ValueTask<IReadOnlyList<Jobs.JobId>> BeginEpochAsync(CancellationToken cancellationToken)
    {
        var registered = await patience.AskAsync("registering the node", stop => nodes.RegisterAsync(registration, stop), cancellationToken);
        lock (_gate) _current = registered.Node;
        _draining = false;
        LogRegistered(logger, registered.Node, registered.Rescued.Count);
        return registered.Rescued;
    }

    private static string Taken(NodeInfo holder) =>
        $"The node name '{holder.Node.Node}' is taken: a server of this name works on the store, process {holder.Registration.ProcessId} on host {holder.Registration.Host}, registered {holder.RegisteredAt:u}. Give each server of a store a name of its own (--node), or stop that one first.";

    /// <summary>The store says that the epoch has ended: nothing may be claimed under it any more.</summary>
    public void Lost(NodeEpoch epoch)
    {
        lock (_gate)
        {
            if (_current != epoch) return;
            _current = null;
        }

        LogLost(logger, epoch);
        _lost.Fire();
    }

    /// <summary>Beats once, and heeds the answer. A beat that the store does not answer changes nothing: the node keeps its work.</summary>
    public ValueTask BeatAsync(CancellationToken cancellationToken) => patience.TryAsync("beating", BeatOnceAsync, cancellationToken);

    private async ValueTask BeatOnceAsync(CancellationToken cancellationToken)
    {
        if (Current is not { } epoch) return;
        var answer = await nodes.BeatAsync(epoch, cancellationToken);
        patience.Answered();
        if (answer == BeatAnswer.Ended) Lost(epoch);
        else Heed(epoch, draining: answer == BeatAnswer.Draining);
    }

    private void Heed(NodeEpoch epoch, bool draining)
    {
        if (draining && !_draining) LogDraining(logger, epoch);
        if (!draining && _draining) LogGoesOn(logger, epoch);
        _draining = draining;
    }

    /// <summary>Until cancelled: when the epoch was ended by others, first stops all work, then registers anew.</summary>
    /// <param name="stopAllWork">Returns when nothing of the old epoch runs any more, or was given up.</param>
    /// <param name="rescued">Told when a new registration took over jobs.</param>
    public async Task RenewAsync(Func<ValueTask> stopAllWork, Action<IReadOnlyList<Jobs.JobId>> rescued, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _lost.WaitAsync(options.BeatEvery, time, cancellationToken);
                if (Current is not null) continue;
                await stopAllWork();
                rescued(await RegisterOnceFreeAsync(cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    /// <summary>Waits for as long as another server works under the name: it came while this one did not beat, and is not thrown out.</summary>
    private async ValueTask<IReadOnlyList<Jobs.JobId>> RegisterOnceFreeAsync(CancellationToken cancellationToken)
    {
        for (var said = false; await _holder.FindAsync(registration.Node, static _ => { }, cancellationToken) is { } holder; said = true)
        {
            if (!said) LogTaken(logger, Taken(holder)); // once: it may go on for as long as the other does
            await Task.Delay(options.BeatEvery, time, cancellationToken);
        }

        return await BeginEpochAsync(cancellationToken);
    }

    /// <summary>Ends the epoch, so that others need not wait until its silence has shown that it is over; what may still run here is theirs.</summary>
    /// <remarks>Asks once: when the store does not answer, its silence will show it.</remarks>
    public async ValueTask LeaveAsync(CancellationToken cancellationToken)
    {
        if (Current is not { } epoch || !nodes.IsShared) return; // the next start of an exclusive store ends it
        await patience.TryAsync("leaving", async stop => await nodes.DeclareDeadAsync(epoch, stop), cancellationToken);
        lock (_gate) _current = null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} has not ended: this start watches whether it beats, and goes on when it is seen silent")]
    private static partial void LogWatching(ILogger logger, NodeEpoch node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This server takes no work until its name is free. {Reason}")]
    private static partial void LogTaken(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} registered; {Rescued} jobs of ended epochs go on")]
    private static partial void LogRegistered(ILogger logger, NodeEpoch node, int rescued);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} was asked to drain: it claims nothing more, and lets what runs end")]
    private static partial void LogDraining(ILogger logger, NodeEpoch node);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} claims again")]
    private static partial void LogGoesOn(ILogger logger, NodeEpoch node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} was declared dead by others; it stops its work and registers anew")]
    private static partial void LogLost(ILogger logger, NodeEpoch node);
}
