using System.Diagnostics;
using System.Text.Json;
using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Sqlite.Store;
using Meanwhile.Stores;

namespace Meanwhile.Benchmarks;

/// <summary>Status and the first list page while 90 sleeping and 10 CPU-bound jobs run and 1,000,000 finished ones are kept.</summary>
internal static class StatusBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var directory = Bench.TemporaryDirectory();
        var kept = await KeepFinishedAsync(directory, quick ? 2_000 : 1_000_000);
        await using var server = await ChildServer.StartAsync(directory, concurrency: 200);
        await MeasureAsync(server, kept, quick);
        Report.Say($"store with {(quick ? 2_000 : 1_000_000):N0} finished jobs               {new FileInfo(Directory.GetFiles(directory, "*.db").First()).Length >> 20} MiB");
    }

    /// <summary>Measures on a server that keeps finished jobs.</summary>
    /// <param name="kept">The ids of some of them.</param>
    public static async Task MeasureAsync(ChildServer server, List<JobId> kept, bool quick)
    {
        using var http = await RawHttp.ConnectAsync(server.Port);
        List<string> running = [];
        for (var i = 0; i < 90; i++) running.Add(await SubmitAsync(http, server, """{"tool": "sleep", "params": {"seconds": 600}}"""));
        const string endless = "with recursive n(i) as (values(1) union all select i + 1 from n) select count(*) from n";
        for (var i = 0; i < 10; i++) running.Add(await SubmitAsync(http, server, $$$"""{"tool": "query", "source": "db", "params": {"sql": "{{{endless}}}"}}"""));

        var (calls, pages) = quick ? (50, 10) : (3_000, 300);
        var status = await MeasureAsync(http, calls, i => RawHttp.Request("GET", $"/v1/jobs/{(i % 2 == 0 ? running[i % running.Count] : kept[i % kept.Count])}", server.Key));
        Report.Latency("status of a job", status, 10);
        Report.Latency("first list page", await MeasureAsync(http, pages, _ => RawHttp.Request("GET", "/v1/jobs", server.Key)), 50);
        foreach (var filter in new[] { "status=failed", "status=running", "tool=sleep", "source=db", "label=team:none", "q=nowhere", "submitted_by=nobody" })
            Report.Latency($"first list page, {filter}", await MeasureAsync(http, pages / 5, _ => RawHttp.Request("GET", $"/v1/jobs?{filter}", server.Key)), 50);
        Report.Latency("GET /healthz/live, for comparison", await MeasureAsync(http, calls, _ => RawHttp.Request("GET", "/healthz/live", server.Key)), 10);
    }

    private static async Task<string> SubmitAsync(RawHttp http, ChildServer server, string body)
    {
        var (status, answer) = await http.SendAsync(RawHttp.Request("POST", "/v1/jobs", server.Key, body));
        if (status != 202) throw new InvalidOperationException($"The server answered {status}: {System.Text.Encoding.UTF8.GetString(answer.Span)}");
        using var job = JsonDocument.Parse(answer);
        return job.RootElement.GetProperty("job_id").GetString()!;
    }

    private static async Task<List<double>> MeasureAsync(RawHttp http, int calls, Func<int, byte[]> request)
    {
        List<double> milliseconds = [];
        for (var i = 0; i < calls; i++)
        {
            var bytes = request(i);
            var start = Stopwatch.GetTimestamp();
            var (status, body) = await http.SendAsync(bytes);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (status != 200) throw new InvalidOperationException($"The server answered {status}: {System.Text.Encoding.UTF8.GetString(body.Span)}");
        }

        return milliseconds;
    }

    /// <summary>Fills a store with finished jobs through the store's own verbs, and returns a sample of their ids.</summary>
    private static async Task<List<JobId>> KeepFinishedAsync(string directory, int jobs)
    {
        await using var store = await SqliteStore.OpenAsync(directory, TimeProvider.System, Random.Shared.NextBytes);
        var node = (await store.Nodes.RegisterAsync(new NodeRegistration("fill", "bench", 1, "1"), default)).Node;
        var ids = new JobIdMaker(TimeProvider.System, Random.Shared.NextBytes);
        List<JobId> sample = [];
        for (var done = 0; done < jobs; done += 1_000)
        {
            List<JobSpec> specs = [];
            for (var i = 0; i < 1_000; i++) specs.Add(Spec(ids.Next(), i));
            await store.Jobs.SubmitAsync(specs, default);
            if (await store.Jobs.ClaimAsync(new ClaimRequest { Node = node, Max = 1_000, SourceLimitDefault = 1_000 }, default) is not ClaimResult.Claimed claimed) throw new InvalidOperationException("The node was declared dead.");
            await store.Jobs.FinishAsync([.. claimed.Jobs.Select(job => new AttemptEnd(job.Fence, ids.Next().Value, new AttemptOutcome.Succeeded(new ResultManifest())))], default);
            sample.Add(specs[0].Id);
        }

        return sample;
    }

    private static JobSpec Spec(JobId id, int i) => new()
    {
        Id = id,
        Project = "default",
        SubmittedBy = i % 3 == 0 ? "alice" : "bob",
        Tool = "query",
        Source = i % 4 == 0 ? "db" : "warehouse",
        Statement = $"select {i % 100} from flights",
        CreatedAt = DateTimeOffset.UtcNow,
        RunAt = DateTimeOffset.UtcNow,
        Labels = i % 10 == 0 ? new Dictionary<string, string> { ["team"] = i % 20 == 0 ? "red" : "blue" } : JobSpec.NoLabels,
    };
}
