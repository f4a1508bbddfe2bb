namespace Meanwhile.Benchmarks;

/// <summary>Submissions through the engine's door, 64 at a time, each durable before its answer.</summary>
internal static class SubmitBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var jobs = quick ? 500 : 200_000;
        var floor = BareSqlite.InsertsPerSecond(jobs, 64);
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 1);
        var later = Bench.Query("select 1") with { DelaySeconds = 3600 };
        await Bench.ConcurrentlyAsync(64, jobs, async _ => await bench.Jobs.SubmitAsync(later, default)); // warm: the runtime compiles hot code anew for seconds
        var processor = Environment.CpuUsage.TotalTime;
        var took = await Bench.ConcurrentlyAsync(64, jobs, async _ => await bench.Jobs.SubmitAsync(later, default));
        Report.Rate("submissions through the engine, 64 callers", jobs / took.TotalSeconds, "bare inserts, 64 a commit,", floor, 40_000);
        Report.Cost(Environment.CpuUsage.TotalTime - processor, jobs);
    }
}
