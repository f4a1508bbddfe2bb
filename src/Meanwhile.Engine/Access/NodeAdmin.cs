using Meanwhile.Nodes;
using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Shows the nodes and drains them, for instance admins.</summary>
internal sealed class NodeAdmin(INodeStore nodes, AuditTrail audit)
{
    /// <summary>The nodes.</summary>
    public ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken) => nodes.ListAsync(cancellationToken);

    /// <summary>Has a node claim nothing more, or claim again.</summary>
    public async ValueTask<NodeInfo> SetDrainingAsync(string node, bool draining, Caller caller, CancellationToken cancellationToken)
    {
        if (!await nodes.SetDrainingAsync(node, draining, cancellationToken)) throw Unknown(node);
        await audit.RecordAsync(caller, draining ? "node.drain" : "node.resume", node, null, cancellationToken);
        return (await nodes.ListAsync(cancellationToken)).FirstOrDefault(info => info.Node.Node == node) ?? throw Unknown(node);
    }

    private static ProblemException Unknown(string node) => new(ProblemCodes.NotFound, $"No node '{RequestCheck.Shown(node)}' lives; 'meanwhile nodes' lists those that do.");
}
