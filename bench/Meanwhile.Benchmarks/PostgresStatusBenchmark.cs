using Npgsql;

namespace Meanwhile.Benchmarks;

/// <summary>Status and the first list page on PostgreSQL while 90 sleeping and 10 CPU-bound jobs run and 10,000,000 finished ones are kept.</summary>
internal static class PostgresStatusBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var jobs = quick ? 2_000 : Sizes.Of("MEANWHILE_BENCH_JOBS", 10_000_000, 1_000, 100_000_000);
        await using var cluster = await BarePostgres.StartClusterAsync();
        var directory = Bench.TemporaryDirectory();
        var kept = await PostgresHistory.FillAsync(cluster, directory, jobs);
        await using var server = await ChildServer.StartAsync(directory, concurrency: 200, postgres: cluster.ConnectionString());
        await Statements.ResetAsync(cluster.ConnectionString());
        await StatusBenchmark.MeasureAsync(server, kept, quick);
        await Statements.SayAsync(cluster.ConnectionString());

        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString());
        await using var size = source.CreateCommand("select pg_database_size(current_database())");
        Report.Say($"store with {jobs:N0} finished jobs, PostgreSQL    {(long)(await size.ExecuteScalarAsync())! >> 20:N0} MiB");
    }
}
