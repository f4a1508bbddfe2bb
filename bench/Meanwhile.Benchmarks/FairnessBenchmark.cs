using System.Diagnostics;
using Meanwhile.Access;

namespace Meanwhile.Benchmarks;

/// <summary>How long another project's first job waits behind 100,000 pending jobs of one project.</summary>
internal static class FairnessBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var backlog = quick ? 1_000 : 100_000;
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 16);
        await bench.Host.AdministrationAs(Bench.Caller).PutProjectAsync("other", null, null, create: true, default);
        var sleep = new JobRequest { Tool = "sleep", Params = Bench.Json("""{"seconds": 0.05}""") };
        for (var submitted = 0; submitted < backlog; submitted += 1000)
            await bench.Jobs.SubmitAsync([.. Enumerable.Repeat(sleep, 1000)], default);

        var other = bench.Host.As(Bench.Caller with { Project = "other" });
        List<double> milliseconds = [];
        for (var i = 0; i < 20; i++)
        {
            var began = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            bench.Noop.Began = _ => began.TrySetResult(Stopwatch.GetTimestamp());
            var start = Stopwatch.GetTimestamp();
            await other.SubmitAsync(Bench.NoopRequest, default);
            milliseconds.Add(Stopwatch.GetElapsedTime(start, await began.Task).TotalMilliseconds);
        }

        Report.Latency($"another's job behind {backlog:N0} pending", milliseconds, 1000);
    }
}
