using System.Diagnostics;

namespace Meanwhile.Benchmarks;

/// <summary>From the call that submits to the first line of the work, on an idle engine.</summary>
internal static class LatencyBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        await using var bench = await Bench.StartAsync();
        await MeasureAsync(bench, quick, "submit to start, idle", 5);
    }

    /// <summary>Measures on an engine.</summary>
    /// <param name="goal">What the 99th percentile is to stay below, in milliseconds.</param>
    /// <param name="warm">So many are not counted: code is compiled, and a database plans each statement of each connection some times.</param>
    public static async Task MeasureAsync(Bench bench, bool quick, string what, double goal, int warm = 200)
    {
        const int counted = 2_000;
        List<double> milliseconds = [];
        for (var i = 0; i < (quick ? 20 : warm + counted); i++)
        {
            var began = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            bench.Noop.Began = _ => began.TrySetResult(Stopwatch.GetTimestamp());
            var start = Stopwatch.GetTimestamp();
            var accepted = await bench.Jobs.SubmitAsync(Bench.NoopRequest, default);
            milliseconds.Add(Stopwatch.GetElapsedTime(start, await began.Task).TotalMilliseconds);
            await bench.Jobs.WaitAsync(accepted.Job.Id.ToString(), null, TimeSpan.FromSeconds(10), default);
        }

        Report.Latency(what, quick ? milliseconds : milliseconds[warm..], goal);
    }
}
