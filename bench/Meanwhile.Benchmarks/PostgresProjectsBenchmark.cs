using System.Diagnostics;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.Benchmarks;

/// <summary>No-op jobs of 10,000 projects with skewed backlogs, against as many jobs of one project: what fairness costs.</summary>
internal static class PostgresProjectsBenchmark
{
    private const string Held = "tool:noop";
    private const double RatioMin = 0.8;

    public static async Task RunAsync(bool quick)
    {
        var (jobs, projects) = quick ? (500, 50) : (100_000, 10_000);
        await using var cluster = await BarePostgres.StartClusterAsync();
        var one = await RunAsync(cluster, "one", jobs, 1);
        var many = await RunAsync(cluster, "many", jobs, projects);
        Report.Rate($"no-op jobs of {projects:N0} projects, skewed", many, "of one project", one, RatioMin * one);
    }

    private static async Task<double> RunAsync(TemporaryCluster cluster, string database, int jobs, int projects)
    {
        await cluster.RunAsync("createdb", [database]);
        await using var bench = await Bench.StartAsync(options => options.Concurrency = 1_000, cluster.ConnectionString(database));
        var administration = bench.Host.AdministrationAs(Bench.Caller);
        await Bench.ConcurrentlyAsync(16, projects, async i => await administration.PutProjectAsync(Name(i), null, null, create: true, default));
        await using var backlog = new Backlog(bench, cluster.ConnectionString(database));
        await DrainAsync(bench, backlog, Shares(Math.Max(jobs / 5, projects), projects)); // warm
        await Statements.ResetAsync(cluster.ConnectionString(database));
        var took = await DrainAsync(bench, backlog, Shares(jobs, projects));
        Report.Say($"  {projects:N0} projects, {jobs:N0} jobs                  {jobs / took.TotalSeconds,12:N0}/s");
        await Statements.SayAsync(cluster.ConnectionString(database));
        return jobs / took.TotalSeconds;
    }

    private static async Task<TimeSpan> DrainAsync(Bench bench, Backlog backlog, int[] shares)
    {
        var limits = bench.Host.AdministrationAs(Bench.Caller);
        await limits.PutLimitAsync(Held, 0, default); // holds them back until all are there
        await Bench.ConcurrentlyAsync(16, shares.Length, i => bench.SubmitAsync(Bench.NoopRequest, shares[i], Name(i)));
        backlog.Expect(shares.Sum());
        var watch = Stopwatch.StartNew();
        await limits.DeleteLimitAsync(Held, default);
        await backlog.DrainedAsync();
        return watch.Elapsed;
    }

    /// <summary>How many jobs each project has: the second half as many as the first, the third a third, and at least one (Zipf).</summary>
    private static int[] Shares(int jobs, int projects)
    {
        var whole = Enumerable.Range(1, projects).Sum(rank => 1.0 / rank);
        int[] shares = [.. Enumerable.Range(1, projects).Select(rank => Math.Max(1, (int)(jobs / whole / rank)))];
        for (var (i, over) = (0, shares.Sum() - jobs); over != 0; i = (i + 1) % projects)
        {
            if (over < 0) (shares[i], over) = (shares[i] + 1, over + 1);
            else if (shares[i] > 1) (shares[i], over) = (shares[i] - 1, over - 1);
        }

        return shares;
    }

    private static string Name(int i) => $"p{i}";
}
