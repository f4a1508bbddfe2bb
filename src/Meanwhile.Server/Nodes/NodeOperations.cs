using Meanwhile.Contracts;
using Meanwhile.Nodes;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Nodes;

/// <summary>Showing the nodes, and draining one.</summary>
internal static class NodeOperations
{
    private static readonly Answer NodeAnswer = new(StatusCodes.Status200OK, "The node.", ContractsJson.Wire.NodeResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/nodes", "list_nodes", "Lists the nodes; only for instance admins.", ListAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "The nodes.", ContractsJson.Wire.NodeList)],
        },
        new("POST", "/v1/nodes/{node}/drain", "drain_node", "Has a node claim nothing more; what runs there ends by itself. Only for instance admins.", exchange => SetDrainingAsync(exchange, draining: true)) { Answers = [NodeAnswer] },
        new("POST", "/v1/nodes/{node}/resume", "resume_node", "Has a drained node claim again. Only for instance admins.", exchange => SetDrainingAsync(exchange, draining: false)) { Answers = [NodeAnswer] },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var nodes = await exchange.Administration.ListNodesAsync(exchange.Aborted);
        await exchange.AnswerLongAsync(new ListResource<NodeResource> { Items = [.. nodes.Select(ToResource)] }, ContractsJson.Wire.NodeList);
    }

    private static async Task SetDrainingAsync(Exchange exchange, bool draining)
    {
        var node = await exchange.Administration.SetNodeDrainingAsync(exchange.Route("node"), draining, exchange.Aborted);
        await exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(node), ContractsJson.Wire.NodeResource);
    }

    private static NodeResource ToResource(NodeInfo node) => new()
    {
        Node = node.Node.Node,
        Epoch = node.Node.Epoch,
        Host = node.Registration.Host,
        ProcessId = node.Registration.ProcessId,
        Version = node.Registration.Version,
        Roles = node.Registration.Roles.ToWords(),
        Tools = node.Registration.Tools.Count == 0 ? null : node.Registration.Tools,
        Status = node.Status.Word,
        RegisteredAt = node.RegisteredAt,
        EndedAt = node.EndedAt,
        RunningCount = node.RunningCount,
    };
}
