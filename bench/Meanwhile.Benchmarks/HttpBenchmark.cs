using System.Diagnostics;

namespace Meanwhile.Benchmarks;

/// <summary>Submissions over HTTP keep-alive, load and server each in a process of its own on the same cores.</summary>
internal static class HttpBenchmark
{
    private const int Connections = 64;

    public static async Task RunAsync(bool quick)
    {
        await using var server = await ChildServer.StartAsync(concurrency: 1);
        await MeasureAsync(server, quick, $"submissions over HTTP, {Connections} connections", 8_000);
    }

    /// <summary>Measures on a server.</summary>
    /// <param name="goal">How many there are to be in a second.</param>
    public static async Task MeasureAsync(ChildServer server, bool quick, string what, double goal)
    {
        var calls = quick ? 500 : 80_000;
        var submit = RawHttp.Request("POST", "/v1/jobs", server.Key, """{"tool": "query", "source": "db", "params": {"sql": "select 1"}, "delay_seconds": 3600}""");
        var live = RawHttp.Request("GET", "/healthz/live", server.Key);
        await LoadAsync(server.Port, submit, calls / 4, 202); // warm
        await LoadAsync(server.Port, live, calls / 4, 200);
        var (peer, _) = await LoadAsync(server.Port, live, calls, 200);
        var (rate, latencies) = await LoadAsync(server.Port, submit, calls, 202);
        Report.Rate(what, rate, "GET /healthz/live", peer, goal);
        Report.Latency("  each of them", latencies, 50);
    }

    private static async Task<(double PerSecond, List<double> Milliseconds)> LoadAsync(int port, byte[] request, int calls, int expected)
    {
        var left = calls;
        var watch = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var http = await RawHttp.ConnectAsync(port);
            List<double> milliseconds = [];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var start = Stopwatch.GetTimestamp();
                var (status, body) = await http.SendAsync(request);
                if (status != expected) throw new InvalidOperationException($"The server answered {status}: {System.Text.Encoding.UTF8.GetString(body.Span)}");
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return milliseconds;
        })));
        return (calls / watch.Elapsed.TotalSeconds, all.SelectMany(list => list).ToList());
    }
}
