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

    /// <summary>Measures on an engine, and returns the 99th percentile.</summary>
    /// <param name="goal">What it is to stay below, in milliseconds.</param>
    /// <param name="worker">The engine that runs the jobs; null = the same.</param>
    /// <param name="warm">So many are not counted: code is compiled, and a database plans each statement of each connection some times.</param>
    public static async Task<double> MeasureAsync(Bench bench, bool quick, string what, double goal, Bench? worker = null, int warm = 200)
    {
        const int counted = 2_000;
        var noop = (worker ?? bench).Noop;
        List<double> milliseconds = [];
        for (var i = 0; i < (quick ? 20 : warm + counted); i++)
        {
            var began = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            noop.Began = _ => began.TrySetResult(Stopwatch.GetTimestamp());
            var start = Stopwatch.GetTimestamp();
            var accepted = await bench.Jobs.SubmitAsync(Bench.NoopRequest, default);
            milliseconds.Add(Stopwatch.GetElapsedTime(start, await began.Task).TotalMilliseconds);
            await bench.Jobs.WaitAsync(accepted.Job.Id.ToString(), null, TimeSpan.FromSeconds(10), default);
        }

        return Report.Latency(what, quick ? milliseconds : milliseconds[warm..], goal);
    }
}
