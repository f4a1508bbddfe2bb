using System.Globalization;

namespace Meanwhile.Benchmarks;

/// <summary>Prints figures in one form.</summary>
internal static class Report
{
    /// <summary>A rate beside its floor or peer, and its goal.</summary>
    public static void Rate(string what, double perSecond, string peer, double peerPerSecond, double goal) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what,-44} {perSecond,12:N0}/s   {peer} {peerPerSecond:N0}/s   ratio {perSecond / peerPerSecond:0.00}   goal {goal:N0}/s: {(perSecond >= goal ? "met" : $"{perSecond / goal:P0}")}"));

    /// <summary>What an item cost the processor, all threads together: what stays the same when others use the machine.</summary>
    public static void Cost(TimeSpan processorTime, int items) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{"  processor time of each",-44} {processorTime.TotalMicroseconds / items,12:0.0} us"));

    /// <summary>Percentiles of latencies, and the goal of the 99th, which is returned.</summary>
    public static double Latency(string what, List<double> milliseconds, double goal)
    {
        milliseconds.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-44} p50 {At(milliseconds, 0.5):0.00} ms   p99 {At(milliseconds, 0.99):0.00} ms   max {milliseconds[^1]:0.00} ms   n {milliseconds.Count}   goal p99 < {goal} ms: {(At(milliseconds, 0.99) < goal ? "met" : "missed")}"));
        return At(milliseconds, 0.99);
    }

    /// <summary>A sentence.</summary>
    public static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static double At(List<double> sorted, double quantile) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * quantile))];
}
