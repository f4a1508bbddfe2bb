using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Stats;

/// <summary>The project in numbers.</summary>
internal static class StatsOperations
{
    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/stats", "get_stats", "The project in numbers, from counters.", StatsAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "The numbers.", ContractsJson.Wire.StatsResource)],
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
}
