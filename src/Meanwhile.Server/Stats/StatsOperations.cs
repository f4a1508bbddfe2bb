using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Stats;

/// <summary>The project in numbers, and the nodes.</summary>
internal static class StatsOperations
{
    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/stats", "get_stats", "The project in numbers, from counters.", StatsAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "The numbers.", ContractsJson.Wire.StatsResource)],
        },
        new("GET", "/v1/nodes", "list_nodes", "Lists the nodes; only for instance admins.", NodesAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "The nodes.", ContractsJson.Wire.NodeList)],
        },
    ];

    private static async Task StatsAsync(Exchange exchange)
    {
        var stats = await exchange.Administration.StatsAsync(exchange.Aborted);
        var resource = new StatsResource
        {
            Jobs = stats.Jobs.ToDictionary(count => count.Status.Word, count => count.Count),
            NodeRunning = stats.NodeRunning,
            NodeConcurrency = stats.NodeConcurrency,
            UptimeSeconds = Math.Round(stats.Uptime.TotalSeconds, 3),
            FreeBytes = stats.FreeBytes,
            MemoryBytes = stats.MemoryBytes,
        };
        await exchange.AnswerAsync(StatusCodes.Status200OK, resource, ContractsJson.Wire.StatsResource);
    }

    private static async Task NodesAsync(Exchange exchange)
    {
        var nodes = await exchange.Administration.ListNodesAsync(exchange.Aborted);
        await exchange.AnswerLongAsync(new ListResource<NodeResource> { Items = [.. nodes.Select(ToResource)] }, ContractsJson.Wire.NodeList);
    }

    private static NodeResource ToResource(NodeInfo node) => new()
    {
        Node = node.Node.Node,
        Epoch = node.Node.Epoch,
        Host = node.Registration.Host,
        ProcessId = node.Registration.ProcessId,
        Version = node.Registration.Version,
        Tools = node.Registration.Tools.Count == 0 ? null : node.Registration.Tools,
        RegisteredAt = node.RegisteredAt,
        EndedAt = node.EndedAt,
        RunningCount = node.RunningCount,
    };
}
