using Meanwhile.Testing.Postgres;

namespace Meanwhile.Benchmarks;

/// <summary>No-op jobs on PostgreSQL from pending to succeeded, with their events and history; once more with a commit delay.</summary>
internal static class PostgresDrainBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        await using var cluster = await BarePostgres.StartClusterAsync();
        await RunAsync(cluster, "as it is", quick);
        await cluster.ConfigureAsync(["commit_delay = 2000", "commit_siblings = 0"]);
        await RunAsync(cluster, "commit_delay", quick);
    }

    private static async Task RunAsync(TemporaryCluster cluster, string how, bool quick)
    {
        var jobs = quick ? 500 : 100_000;
        var name = how.Replace(' ', '_');
        await cluster.RunAsync("createdb", [name]);
        await cluster.RunAsync("createdb", [$"bare_{name}"]);
        var floor = await BarePostgres.DrainsPerSecondAsync(cluster.ConnectionString($"bare_{name}"), jobs);
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 1_000, cluster.ConnectionString(name));
        await DrainBenchmark.DrainAsync(bench, jobs); // warm: the runtime compiles hot code anew for seconds
        await Statements.ResetAsync(cluster.ConnectionString(name));
        var (took, processor) = await DrainBenchmark.DrainAsync(bench, jobs);
        Report.Rate($"no-op jobs, 1,000 slots, {how}", jobs / took.TotalSeconds, "a bare queue, 500 a statement,", floor, 25_000);
        Report.Cost(processor, jobs);
        await Statements.SayAsync(cluster.ConnectionString(name));
    }
}
