using System.Diagnostics;
using Meanwhile.Access;
using Meanwhile.Jobs;

namespace Meanwhile.Benchmarks;

/// <summary>No-op jobs from pending to succeeded, with their events.</summary>
internal static class DrainBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var jobs = quick ? 500 : 100_000;
        var floor = BareSqlite.DrainsPerSecond(jobs, 256);
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 512);
        await DrainAsync(bench, quick ? 500 : 20_000); // warm
        var (took, processor) = await DrainAsync(bench, jobs);
        Report.Rate("no-op jobs, pending to succeeded, 512 slots", jobs / took.TotalSeconds, "bare updates, 256 a commit,", floor, 25_000);
        Report.Cost(processor, jobs);
    }

    /// <summary>Fills the queue, lets it go, and waits until all have succeeded.</summary>
    public static async Task<(TimeSpan Took, TimeSpan Processor)> DrainAsync(Bench bench, int jobs)
    {
        var limits = bench.Host.AdministrationAs(Bench.Caller);
        await limits.PutLimitAsync("tool:noop", 0, default); // holds them back until all are there
        for (var submitted = 0; submitted < jobs; submitted += 500)
            await bench.Jobs.SubmitAsync([.. Enumerable.Repeat(Bench.NoopRequest, Math.Min(500, jobs - submitted))], default);

        var before = await SucceededAsync(limits);
        var begun = 0;
        bench.Noop.Began = _ => Interlocked.Increment(ref begun);
        var processor = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        await limits.DeleteLimitAsync("tool:noop", default);
        while (Volatile.Read(ref begun) < jobs) await Task.Delay(10);
        while (await SucceededAsync(limits) - before < jobs) await Task.Delay(10); // only once all have begun: asking costs the store something too
        return (watch.Elapsed, Environment.CpuUsage.TotalTime - processor);
    }

    private static async Task<long> SucceededAsync(IAdministration administration)
    {
        var stats = await administration.StatsAsync(default);
        return stats.Jobs.FirstOrDefault(count => count.Status == JobStatus.Succeeded).Count;
    }
}
