using System.Data;
using System.Diagnostics;
using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.Benchmarks;

/// <summary>No-op jobs submitted and drained without a pause while somebody's old transaction keeps vacuum from removing anything, beside the same without it.</summary>
internal static class PostgresPinnedBenchmark
{
    private const int WaitingMax = 10_000;
    private const double RatioMin = 0.8;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(bool quick)
    {
        var minutes = quick ? 2 : Sizes.Of("MEANWHILE_BENCH_MINUTES", 10, 1, 24 * 60);
        var minute = quick ? Second : TimeSpan.FromMinutes(1);
        await using var cluster = await BarePostgres.StartClusterAsync();
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 1_000, cluster.ConnectionString());
        await using var backlog = new Backlog(bench, cluster.ConnectionString());
        using var stop = new CancellationTokenSource();
        var feeding = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => FeedAsync(bench, backlog, stop.Token)));

        await MeasureAsync(backlog, quick ? minute : minute / 3, "warming up"); // the runtime compiles hot code anew for seconds
        var free = (await MinutesAsync(backlog, 2, minute, "no transaction")).Average(each => each.PerSecond);
        var pinned = await PinnedAsync(cluster, backlog, minutes, minute);
        await stop.CancelAsync();
        await feeding;

        Report.Rate($"no-op jobs, last of {minutes:N0} minutes pinned", pinned[^1].PerSecond, "not pinned", free, RatioMin * free);
        var (dead, before) = (pinned.Skip(minutes / 2).Max(each => each.DeadMax), pinned.Take(minutes / 2).Max(each => each.DeadMax));
        Report.Say($"dead tuples of meanwhile.job, at most         {dead,12:N0}   in the first half {before:N0}   ratio {(double)dead / Math.Max(1, before):0.00}   goal 1.50: {(dead <= 1.5 * before ? "met" : "missed")}");
    }

    private static async Task<List<Minute>> PinnedAsync(TemporaryCluster cluster, Backlog backlog, int minutes, TimeSpan minute)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString());
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        await using (var look = new NpgsqlCommand("select count(*) from meanwhile.node", connection, transaction)) await look.ExecuteScalarAsync(); // takes the snapshot, and then idles
        return await MinutesAsync(backlog, minutes, minute, "pinned");
    }

    private static async Task<List<Minute>> MinutesAsync(Backlog backlog, int minutes, TimeSpan minute, string what)
    {
        List<Minute> all = [];
        for (var i = 1; i <= minutes; i++) all.Add(await MeasureAsync(backlog, minute, $"{what}, minute {i}"));
        return all;
    }

    private static async Task<Minute> MeasureAsync(Backlog backlog, TimeSpan minute, string what)
    {
        var (begun, watch, deadMax) = (backlog.Begun, Stopwatch.StartNew(), 0L);
        do
        {
            await Task.Delay(Second); // the table is written anew now and then, so one look could come just after
            deadMax = Math.Max(deadMax, await backlog.LongAsync("select n_dead_tup from pg_stat_user_tables where schemaname = 'meanwhile' and relname = 'job'"));
        }
        while (watch.Elapsed < minute);

        var perSecond = (backlog.Begun - begun) / watch.Elapsed.TotalSeconds;
        var bytes = await backlog.LongAsync("select pg_total_relation_size('meanwhile.job')");
        Report.Say($"  {what,-42} {perSecond,12:N0}/s   dead tuples at most {deadMax:N0}   job table {bytes >> 20:N0} MiB");
        return new Minute(perSecond, deadMax);
    }

    /// <summary>Submits as long as not too many wait.</summary>
    private static async Task FeedAsync(Bench bench, Backlog backlog, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (backlog.Waiting > WaitingMax)
            {
                await Task.Delay(5, CancellationToken.None);
                continue;
            }

            backlog.Expect(500);
            await bench.SubmitAsync(Bench.NoopRequest, 500);
        }
    }

    private readonly record struct Minute(double PerSecond, long DeadMax);
}
