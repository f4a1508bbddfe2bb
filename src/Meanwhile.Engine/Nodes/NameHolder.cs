using Meanwhile.Diagnostics;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Nodes;

/// <summary>Sees whether another server works under a name: an epoch that never ended may be of a process that died, or of one that beats.</summary>
/// <remarks>Looked at before each registration, which would end the other's epoch, and the other's next registration ours, for ever.</remarks>
internal sealed class NameHolder(INodeStore nodes, StorePatience patience, TimeProvider time, EngineOptions options)
{
    /// <summary>How many beats have to be missing until nobody works under the name.</summary>
    private const double BeatsMissing = 2.5;
    private const int LooksPerBeat = 8;

    /// <summary>Watches the name until it is seen to be free, or in use.</summary>
    /// <param name="watching">Told once, when there is something to watch.</param>
    /// <returns>The living node of that name; null when there is none.</returns>
    public async ValueTask<NodeInfo?> FindAsync(string name, Action<NodeEpoch> watching, CancellationToken cancellationToken)
    {
        if (!nodes.IsShared) return null; // one server at a time has an exclusive store
        var observations = new NodeObservations(_ => options.BeatEvery * BeatsMissing);
        var start = time.GetTimestamp();
        NodeBeat? first = null;
        while (await ReadAsync(name, observations, cancellationToken) is { } beat)
        {
            if (first is null) watching(beat.Node);
            first ??= beat;
            if (beat != first) return await InfoAsync(beat.Node, cancellationToken);
            if (observations.Observe([beat], time.GetElapsedTime(start)).Count > 0) return null;
            await Task.Delay(options.BeatEvery / LooksPerBeat, time, cancellationToken);
        }

        return null;
    }

    private ValueTask<NodeBeat?> ReadAsync(string name, NodeObservations observations, CancellationToken cancellationToken) => patience.AskAsync(
        "looking whether the node's name is free",
        async stop =>
        {
            try
            {
                return (await nodes.ReadBeatsAsync(stop)).Where(beat => beat.Node.Node == name).Cast<NodeBeat?>().FirstOrDefault();
            }
            catch (StoreUnavailableException)
            {
                observations.StoreWasSilent(); // nobody could have shown a beat
                throw;
            }
        },
        cancellationToken);

    private async ValueTask<NodeInfo?> InfoAsync(NodeEpoch node, CancellationToken cancellationToken) =>
        (await patience.AskAsync("looking who has the node's name", nodes.ListAsync, cancellationToken)).FirstOrDefault(info => info.Node == node && info.EndedAt is null);
}
