using Meanwhile.Nodes;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.Benchmarks;

/// <summary>From the call that submits on one node, which runs no jobs, to the first line of the work on another; once more with the store behind pgbouncer.</summary>
internal static class PostgresElsewhereBenchmark
{
    private const double Goal = 100;

    public static async Task RunAsync(bool quick)
    {
        var calls = quick ? 10 : Sizes.Of("MEANWHILE_BENCH_JOBS", LatencyBenchmark.Calls(quick), 10, 1_000_000);
        await using var cluster = await BarePostgres.StartClusterAsync();
        await using var bouncer = await TemporaryBouncer.StartAsync(cluster);
        await cluster.RunAsync("createdb", ["pooled"]);
        await cluster.RunAsync("createdb", ["bare"]);
        var peer = Report.Latency("peer: a bare insert, its NOTIFY heard", await BarePostgres.TellsAsync(cluster.ConnectionString("bare"), calls), Goal);
        await RunAsync("direct", peer, calls, cluster.ConnectionString());
        await RunAsync("through pgbouncer", peer, calls, bouncer.ConnectionString("pooled"), cluster.ConnectionString("pooled"));
    }

    /// <param name="direct">Leads past the pooler, for what needs a session; null where there is none.</param>
    private static async Task RunAsync(string how, double peer, int calls, string store, string? direct = null)
    {
        await using var nodes = await BenchNodes.StartAsync(
            2, store, (number, options) => options.Roles = number == 0 ? NodeRoles.Api : NodeRoles.All, settings => settings with { DirectConnectionString = direct });
        var p99 = await LatencyBenchmark.MeasureAsync(nodes.First, calls, $"start elsewhere, {how}", Goal, nodes.All[1]);
        Report.Say($"  p99 of it to p99 of the peer               {p99,12:0.00} ms   peer {peer:0.00} ms   ratio {p99 / peer:0.00}");
    }
}
