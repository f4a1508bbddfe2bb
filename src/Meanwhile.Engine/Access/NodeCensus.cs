using Meanwhile.Nodes;

namespace Meanwhile.Access;

/// <summary>Knows about how many nodes answer callers, for whatever each of them allows a part of.</summary>
internal sealed class NodeCensus(INodeStore nodes)
{
    private volatile int _count = 1;

    /// <summary>How often nodes are counted.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>How many lived when they were last counted: 1 or more.</summary>
    public int Count => _count;

    /// <summary>Counts them.</summary>
    public async ValueTask CountAsync(CancellationToken cancellationToken) =>
        _count = Math.Max(1, (await nodes.ListAsync(cancellationToken)).Count(node => node.EndedAt is null && node.Registration.Roles.HasFlag(NodeRoles.Api)));
}
