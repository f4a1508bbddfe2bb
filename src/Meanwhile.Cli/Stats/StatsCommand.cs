using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Stats;

/// <summary>Shows the project, and the node that answers, in numbers; and the nodes.</summary>
internal static class StatsCommand
{
    public static IEnumerable<Command> All(Shell shell) =>
    [
        new Command("stats", "Show the project in numbers").Calls(shell, StatsAsync),
        new Command("nodes", "List the nodes, for instance admins").Calls(shell, NodesAsync),
    ];

    private static async Task<int> StatsAsync(Call call, CancellationToken cancellationToken)
    {
        var stats = await call.Administration.StatsAsync(cancellationToken);
        return call.Print(writer =>
        {
            foreach (var (status, count) in stats.Jobs) writer.WriteLine(Texts.Invariant($"{status.Word,-12} {count:N0}"));
            writer.WriteLine(Texts.Invariant($"{"node runs",-12} {stats.NodeRunning} of {stats.NodeConcurrency}"));
            writer.WriteLine($"{"up",-12} {Texts.Of(stats.Uptime)}");
            writer.WriteLine($"{"memory",-12} {Texts.Bytes(stats.MemoryBytes)}");
            if (stats.FreeBytes is { } free) writer.WriteLine($"{"disk free",-12} {Texts.Bytes(free)}");
        });
    }

    private static async Task<int> NodesAsync(Call call, CancellationToken cancellationToken)
    {
        var nodes = await call.Administration.ListNodesAsync(cancellationToken);
        var table = new Table(
            ["NODE", "HOST", "PID", "VERSION", "SINCE", "ENDED", "RUNS"],
            [.. nodes.Select(node => (IReadOnlyList<Cell>)
            [
                Cell.Blank(node.Node.ToString()),
                Cell.Blank(node.Registration.Host),
                Cell.Number(node.Registration.ProcessId),
                Cell.Blank(node.Registration.Version),
                new(Texts.Of(node.RegisteredAt)),
                Cell.Blank(Texts.Of(node.EndedAt)),
                Cell.Number(node.RunningCount),
            ])]);
        return call.Print(table, nextCursor: null);
    }
}
