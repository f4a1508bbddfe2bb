using Meanwhile.Testing.Postgres;

namespace Meanwhile.Benchmarks;

/// <summary>Submissions through the engine's door on PostgreSQL, 64 at a time, each durable before its answer, singly and in lists; once more with a commit delay.</summary>
internal static class PostgresSubmitBenchmark
{
    private const int Rounds = 5; // whatever else uses the machine comes and goes within seconds

    public static async Task RunAsync(bool quick)
    {
        await using var cluster = await BarePostgres.StartClusterAsync();
        await RunAsync(cluster, "as it is", quick);
        await cluster.ConfigureAsync(["commit_delay = 2000", "commit_siblings = 0"]);
        await RunAsync(cluster, "commit_delay", quick);
    }

    private static async Task RunAsync(TemporaryCluster cluster, string how, bool quick)
    {
        var jobs = quick ? 500 : 200_000;
        var name = how.Replace(' ', '_');
        await cluster.RunAsync("createdb", [name]);
        await cluster.RunAsync("createdb", [$"bare_{name}"]);
        var floor = await BarePostgres.InsertsPerSecondAsync(cluster.ConnectionString($"bare_{name}"), quick ? 1_000 : 200_000);
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 1, cluster.ConnectionString(name));
        var later = Bench.Query("select 1") with { DelaySeconds = 3600 };
        await Bench.ConcurrentlyAsync(64, jobs, async _ => await bench.Jobs.SubmitAsync(later, default)); // warm: the runtime compiles hot code anew for seconds
        await Statements.ResetAsync(cluster.ConnectionString(name));
        var processor = Environment.CpuUsage.TotalTime;
        List<double> rates = [];
        for (var round = 0; round < Rounds; round++) rates.Add(jobs / (await Bench.ConcurrentlyAsync(64, jobs, async _ => await bench.Jobs.SubmitAsync(later, default))).TotalSeconds);
        rates.Sort();
        Report.Rate($"submissions, 64 callers, {how}", rates[Rounds / 2], "bare inserts, 500 a statement,", floor, 40_000);
        Report.Say($"  slowest and fastest of {Rounds} rounds               {rates[0],12:N0}/s to {rates[^1]:N0}/s");
        await Statements.SayAsync(cluster.ConnectionString(name));
        Report.Cost(Environment.CpuUsage.TotalTime - processor, Rounds * jobs);
        var took = await Bench.ConcurrentlyAsync(4, jobs / 64, async _ => await bench.Jobs.SubmitAsync([.. Enumerable.Repeat(later, 64)], default));
        Report.Rate($"submissions in lists of 64, 4 callers, {how}", jobs / 64 * 64 / took.TotalSeconds, "bare inserts, 500 a statement,", floor, 40_000);
    }
}
