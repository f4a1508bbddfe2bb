namespace Meanwhile.Nodes;

/// <summary>Knows which workers live, as the store told not long ago.</summary>
/// <remarks>Asked for views of jobs and tools, so a store is asked at most once a second, however many look. Safe for concurrent use.</remarks>
internal sealed class WorkerPresence(INodeStore nodes, TimeProvider time)
{
    private static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(1);
    private volatile Seen? _seen;

    private sealed record Seen(long At, IReadOnlyList<NodeInfo> Workers);

    /// <summary>The living workers, newest first.</summary>
    public async ValueTask<IReadOnlyList<NodeInfo>> LivingAsync(CancellationToken cancellationToken)
    {
        if (_seen is { } known && time.GetElapsedTime(known.At) < RememberedFor) return known.Workers;
        var all = await nodes.ListAsync(cancellationToken);
        var seen = _seen = new Seen(time.GetTimestamp(), [.. all.Where(node => node.Node.IsWorker && node.EndedAt is null)]);
        return seen.Workers;
    }

    /// <summary>A worker came or went: the next who asks is told anew.</summary>
    public void Forget() => _seen = null;

    /// <summary>Whether a worker takes a tool's jobs of a project.</summary>
    public static bool Takes(NodeInfo worker, string tool, string project) => worker.Registration.Tools.Contains(tool) && WorkerNames.IsFor(worker.Node.Node, project);
}
