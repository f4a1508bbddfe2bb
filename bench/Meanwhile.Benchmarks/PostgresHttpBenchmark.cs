namespace Meanwhile.Benchmarks;

/// <summary>Submissions over HTTP keep-alive to a server on PostgreSQL: load, server and database each in processes of their own on the same cores.</summary>
internal static class PostgresHttpBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        await using var cluster = await BarePostgres.StartClusterAsync();
        await using var server = await ChildServer.StartAsync(concurrency: 1, postgres: cluster.ConnectionString());
        await HttpBenchmark.MeasureAsync(server, quick, "submissions over HTTP, 64, PostgreSQL", 6_000);
    }
}
