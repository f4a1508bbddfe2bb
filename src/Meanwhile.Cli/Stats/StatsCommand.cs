using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Stats;

/// <summary>Shows the project, and the node that answers, in numbers.</summary>
internal static class StatsCommand
{
    public static IEnumerable<Command> All(Shell shell) =>
    [
        new Command("stats", "Show the project in numbers").Calls(shell, StatsAsync),
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
}
