using Meanwhile.Events;
using Meanwhile.Settings;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Nodes;

/// <summary>Watches the other nodes' beats, and declares dead who has stopped: its work is rescued and goes on elsewhere.</summary>
internal sealed partial class NodeWatch(INodeStore nodes, NodeLife self, NodeHerald herald, JobChanges changes, TimeProvider time, EngineOptions options, ILogger<NodeWatch> logger)
{
    private readonly NodeObservations _observations = new(node => Silence(node, options));
    private readonly long _start = time.GetTimestamp();

    /// <summary>Looks once.</summary>
    /// <returns>Whether work was rescued, which is due now.</returns>
    public async ValueTask<bool> LookAsync(CancellationToken cancellationToken)
    {
        if (self.Current is not { } own)
        {
            _observations.StoreWasSilent(); // a node that others ended judges nobody
            return false;
        }

        var others = (await ReadAsync(cancellationToken)).Where(beat => beat.Node != own).ToList();
        herald.HasCompany = others.Count > 0;
        var rescued = 0;
        foreach (var dead in _observations.Observe(others, time.GetElapsedTime(_start)))
            rescued += await DeclareAsync(dead, cancellationToken);
        return rescued > 0;
    }

    private async ValueTask<IReadOnlyList<NodeBeat>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await nodes.ReadBeatsAsync(cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            _observations.StoreWasSilent();
            throw;
        }
    }

    private async ValueTask<int> DeclareAsync(NodeEpoch dead, CancellationToken cancellationToken)
    {
        var rescued = await nodes.DeclareDeadAsync(dead, cancellationToken);
        LogDead(logger, dead, Silence(dead, options).TotalSeconds, rescued.Count);
        foreach (var job in rescued) changes.Jobs.Fire(job);
        return rescued.Count;
    }

    /// <summary>A worker beats over the network, as others wrote it.</summary>
    private static TimeSpan Silence(NodeEpoch node, EngineOptions options) => node.IsWorker ? options.WorkerDeadAfter : options.SilenceUntilDead;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} has not beaten for {Seconds} s and is dead; {Rescued} jobs of it go on elsewhere")]
    private static partial void LogDead(ILogger logger, NodeEpoch node, double seconds, int rescued);
}
