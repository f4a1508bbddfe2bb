using System.Diagnostics;

namespace Meanwhile.Benchmarks;

/// <summary>From the call that submits to the first line of the work, on an idle engine.</summary>
internal static class LatencyBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        await using var bench = await Bench.StartAsync();
        await MeasureAsync(bench, Calls(quick), "submit to start, idle", 5);
    }

    /// <summary>How often to measure.</summary>
    public static int Calls(bool quick) => quick ? 20 : 2_000;

    /// <summary>Measures on an engine, and returns the 99th percentile.</summary>
    /// <param name="goal">What it is to stay below, in milliseconds.</param>
    /// <param name="worker">The engine that runs the jobs; null = the same.</param>
    /// <param name="warm">So many more are not counted: code is compiled, and a database plans each statement of each connection some times. Null = a tenth.</param>
    public static async Task<double> MeasureAsync(Bench bench, int calls, string what, double goal, Bench? worker = null, int? warm = null)
    {
        var uncounted = warm ?? calls / 10;
        var noop = (worker ?? bench).Noop;
        List<double> milliseconds = [];
        for (var i = 0; i < uncounted + calls; i++)
        {
            var began = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            noop.Began = _ => began.TrySetResult(Stopwatch.GetTimestamp());
            var start = Stopwatch.GetTimestamp();
            var accepted = await bench.Jobs.SubmitAsync(Bench.NoopRequest, default);
            milliseconds.Add(Stopwatch.GetElapsedTime(start, await began.Task).TotalMilliseconds);
            await bench.Jobs.WaitAsync(accepted.Job.Id.ToString(), null, TimeSpan.FromSeconds(10), default);
        }

        return Report.Latency(what, milliseconds[uncounted..], goal);
    }
}
