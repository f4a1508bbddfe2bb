using Meanwhile.Access;

namespace Meanwhile.Benchmarks;

/// <summary>A limit of 8 under one key that 4 nodes share: never more at once, and how much of the 8 is used while enough work waits.</summary>
internal static class PostgresLimitBenchmark
{
    private const int Nodes = 4;
    private const int Limit = 8;
    private const string Key = "key:default/narrow";

    public static async Task RunAsync(bool quick)
    {
        var jobs = quick ? 16 : 400; // 8 at once of half a second each are 16 a second at most
        await using var cluster = await BarePostgres.StartClusterAsync();
        await using var nodes = await BenchNodes.StartAsync(Nodes, cluster.ConnectionString());
        await nodes.First.Host.AdministrationAs(Bench.Caller).PutLimitAsync(Key, Limit, default);
        foreach (var node in nodes.All) await HeardAsync(node); // until then a node knows of no limit
        var warm = await RunAsync(nodes, quick ? 8 : 100);
        await Statements.ResetAsync(cluster.ConnectionString());
        var measured = await RunAsync(nodes, jobs);
        await Statements.SayAsync(cluster.ConnectionString());

        var most = Math.Max(warm.Max, measured.Max);
        Report.Say($"most at once, {Nodes} nodes, limit of {Limit}              {most,12:N0}   limit {Limit}   ratio {(double)most / Limit:0.00}   goal never above: {(most <= Limit ? "met" : $"missed (first {warm.Max}, then {measured.Max})")}");
        Report.Say($"running on average, {jobs:N0} jobs of 0.5 s         {measured.Mean,12:0.00}   limit {Limit}   ratio {measured.Mean / Limit:0.000}   goal 0.95: {(measured.Mean / Limit >= 0.95 ? "met" : "missed")}");
    }

    private static async Task HeardAsync(Bench node)
    {
        var administration = node.Host.AdministrationAs(Bench.Caller);
        while (!(await administration.ListLimitsAsync(null, null, default)).Items.Any(limit => limit.Key == Key)) await Task.Delay(20);
    }

    private static async Task<Gauge> RunAsync(BenchNodes nodes, int jobs)
    {
        var gauge = new Gauge();
        foreach (var node in nodes.All) node.Sleep.Gauge = gauge;
        var sleep = new JobRequest { Tool = "sleep", Params = Bench.Json("""{"seconds": 0.5}"""), LimitKey = "narrow" };
        await nodes.First.SubmitAsync(sleep, jobs);
        await nodes.First.DrainedAsync();
        return gauge;
    }
}
