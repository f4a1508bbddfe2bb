using Meanwhile.Diagnostics;
using Meanwhile.Settings;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Nodes;

/// <summary>This node's life in the store: registers, beats, and registers anew when its epoch was ended by others.</summary>
internal sealed partial class NodeLife(INodeStore nodes, StorePatience patience, TimeProvider time, EngineOptions options, NodeRegistration registration, ILogger<NodeLife> logger)
{
    private readonly AsyncSignal _lost = new();
    private readonly Lock _gate = new();
    private NodeEpoch? _current;

    /// <summary>The epoch under which this node may claim; null while it has none.</summary>
    public NodeEpoch? Current
    {
        get
        {
            lock (_gate) return _current;
        }
    }

    /// <summary>Begins an epoch.</summary>
    /// <returns>The jobs that were taken from epochs that ended by it.</returns>
    public async ValueTask<IReadOnlyList<Jobs.JobId>> RegisterAsync(CancellationToken cancellationToken)
    {
        var registered = await patience.AskAsync("registering the node", stop => nodes.RegisterAsync(registration, stop), cancellationToken);
        lock (_gate) _current = registered.Node;
        LogRegistered(logger, registered.Node, registered.Rescued.Count);
        return registered.Rescued;
    }

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

    /// <summary>Beats until cancelled. When the epoch was ended by others it first stops all work, then registers anew.</summary>
    /// <param name="stopAllWork">Returns when nothing of the old epoch runs any more, or was given up.</param>
    /// <param name="rescued">Told of jobs that a new registration took over.</param>
    public async Task BeatAsync(Func<ValueTask> stopAllWork, Action<IReadOnlyList<Jobs.JobId>> rescued, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _lost.WaitAsync(options.BeatEvery, time, cancellationToken);
                await TryBeatAsync(stopAllWork, rescued, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    private async ValueTask TryBeatAsync(Func<ValueTask> stopAllWork, Action<IReadOnlyList<Jobs.JobId>> rescued, CancellationToken cancellationToken)
    {
        try
        {
            if (Current is { } epoch && !await patience.AskAsync("beating", stop => nodes.BeatAsync(epoch, stop), cancellationToken)) Lost(epoch);
            if (Current is not null) return;
            await stopAllWork();
            rescued(await RegisterAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(logger, exception); // a node that stopped beating would lose all its work
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A beat failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} registered; {Rescued} jobs of ended epochs go on")]
    private static partial void LogRegistered(ILogger logger, NodeEpoch node, int rescued);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} was declared dead by others; it stops its work and registers anew")]
    private static partial void LogLost(ILogger logger, NodeEpoch node);
}
