using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Testing.Stores;

public sealed partial class ModelStore : INodeStore
{
    private const int NodesListedMax = 1_000;
    private const int ToldMax = 64; // hints: the oldest may go
    private readonly Dictionary<NodeEpoch, NodeRow> _nodes = [];
    private readonly List<Channel<WakeUp>> _listeners = [];

    private sealed record NodeRow(NodeRegistration Registration, DateTimeOffset RegisteredAt, long Counter, DateTimeOffset? EndedAt, bool Draining = false);

    /// <inheritdoc/>
    public ValueTask<Registered> RegisterAsync(NodeRegistration registration, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var isWorker = registration.Node.Contains('@', StringComparison.Ordinal);
            var ended = _nodes.Keys.Where(node => IsAlive(node) && (node.Node == registration.Node || !(IsShared || node.IsWorker || isWorker)));
            JobId[] rescued = [.. ended.ToList().SelectMany(node => End(node, now))];
            var epoch = 1 + _nodes.Keys.Where(node => node.Node == registration.Node).Select(node => node.Epoch).DefaultIfEmpty().Max();
            var began = new NodeEpoch(registration.Node, epoch);
            _nodes[began] = new NodeRow(registration, now, 0, null);
            return ValueTask.FromResult(new Registered(began, rescued));
        }
    }

    /// <inheritdoc/>
    public ValueTask<BeatAnswer> BeatAsync(NodeEpoch node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!IsAlive(node)) return ValueTask.FromResult(BeatAnswer.Ended);
            var row = _nodes[node] = _nodes[node] with { Counter = _nodes[node].Counter + 1 };
            return ValueTask.FromResult(row.Draining ? BeatAnswer.Draining : BeatAnswer.Beating);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> SetDrainingAsync(string node, bool draining, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var living = _nodes.Keys.Where(epoch => epoch.Node == node && IsAlive(epoch)).ToList();
            foreach (var epoch in living) _nodes[epoch] = _nodes[epoch] with { Draining = draining };
            return ValueTask.FromResult(living.Count > 0);
        }
    }

    /// <inheritdoc/>
    public bool IsShared { get; }

    /// <inheritdoc/>
    public async ValueTask TellAsync(WakeUp wakeUp, CancellationToken cancellationToken)
    {
        Channel<WakeUp>[] listeners;
        lock (_gate) listeners = [.. _listeners];
        foreach (var listener in listeners) await listener.Writer.WriteAsync(wakeUp, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WakeUp> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var told = Channel.CreateBounded<WakeUp>(new BoundedChannelOptions(ToldMax) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate) _listeners.Add(told);
        try
        {
            await foreach (var wakeUp in told.Reader.ReadAllAsync(cancellationToken)) yield return wakeUp;
        }
        finally
        {
            lock (_gate) _listeners.Remove(told);
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
                [.. _nodes.Reverse().OrderBy(node => node.Value.EndedAt is not null).Select(node => new NodeInfo(node.Key, node.Value.Registration, node.Value.RegisteredAt, node.Value.EndedAt, Owned(node.Key).Count(), node.Value.Draining)).Take(NodesListedMax)]);
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
