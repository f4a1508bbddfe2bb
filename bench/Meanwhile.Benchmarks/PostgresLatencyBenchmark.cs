namespace Meanwhile.Benchmarks;

/// <summary>From the call that submits to the first line of the work, on an idle engine on PostgreSQL.</summary>
internal static class PostgresLatencyBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        await using var cluster = await BarePostgres.StartClusterAsync();
        await using var bench = await Bench.StartAsync(postgres: cluster.ConnectionString());
        await LatencyBenchmark.MeasureAsync(bench, LatencyBenchmark.Calls(quick), "submit to start, idle, PostgreSQL", 10, warm: quick ? 2 : 3_000);
    }
}
