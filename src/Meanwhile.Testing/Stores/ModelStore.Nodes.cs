using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Testing.Stores;

public sealed partial class ModelStore : INodeStore
{
    private const int NodesListedMax = 1_000;
    private readonly Dictionary<NodeEpoch, NodeRow> _nodes = [];

    private sealed record NodeRow(NodeRegistration Registration, DateTimeOffset RegisteredAt, long Counter, DateTimeOffset? EndedAt);

    /// <inheritdoc/>
    public ValueTask<Registered> RegisterAsync(NodeRegistration registration, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var ended = _nodes.Keys.Where(IsAlive).Where(node => node.Node == registration.Node || (!node.IsWorker && !registration.Node.Contains('@', StringComparison.Ordinal)));
            JobId[] rescued = [.. ended.ToList().SelectMany(node => End(node, now))];
            var epoch = 1 + _nodes.Keys.Where(node => node.Node == registration.Node).Select(node => node.Epoch).DefaultIfEmpty().Max();
            var began = new NodeEpoch(registration.Node, epoch);
            _nodes[began] = new NodeRow(registration, now, 0, null);
            return ValueTask.FromResult(new Registered(began, rescued));
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> BeatAsync(NodeEpoch node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!IsAlive(node)) return ValueTask.FromResult(false);
            _nodes[node] = _nodes[node] with { Counter = _nodes[node].Counter + 1 };
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeBeat>> ReadBeatsAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<NodeBeat>>([.. _nodes.Where(node => node.Value.EndedAt is null).Select(node => new NodeBeat(node.Key, node.Value.Counter))]);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobId>> DeclareDeadAsync(NodeEpoch dead, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<JobId>>(IsAlive(dead) ? End(dead, Now) : []);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<NodeInfo>>(
                [.. _nodes.Reverse().OrderBy(node => node.Value.EndedAt is not null).Select(node => new NodeInfo(node.Key, node.Value.Registration, node.Value.RegisteredAt, node.Value.EndedAt, Owned(node.Key).Count())).Take(NodesListedMax)]);
        }
    }

    private bool IsAlive(NodeEpoch node) => _nodes.TryGetValue(node, out var row) && row.EndedAt is null;

    private List<JobId> End(NodeEpoch node, DateTimeOffset now)
    {
        _nodes[node] = _nodes[node] with { EndedAt = now };
        var orphans = Owned(node).ToList();
        foreach (var job in orphans) Change(job, new JobChange.Rescue(node), now);
        return [.. orphans.Select(job => job.Id)];
    }
}
