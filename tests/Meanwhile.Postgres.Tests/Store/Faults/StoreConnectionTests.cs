using System.Collections.Concurrent;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;
using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>Connections are refused, or ended by an administrator.</summary>
public sealed class StoreConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_connection_left_a_start_says_so_submissions_are_refused_and_all_goes_on_once_there_is_one()
    {
        // Given a node on a server of few connections
        await using var cluster = await TemporaryCluster.StartAsync(["max_connections = 16", "superuser_reserved_connections = 1"], Token);
        await using var node = await RealNode.StartAsync(cluster.ConnectionString() + ";Maximum Pool Size=4;Connection Idle Lifetime=1;Connection Pruning Interval=1");
        await node.UntilRunAsync(RealNode.Echo());

        // When others take all of them, those that the node had too
        await using var administrator = await ConnectAsync(cluster);
        var taken = new ConcurrentBag<NpgsqlConnection>();
        Problem? refused = null;
        await RealNode.UntilAsync(async () =>
        {
            await TerminateAsync(administrator);
            await TakeAllAsync(cluster, taken);
            refused = await RefusalAsync(node) ?? refused;
            return refused is not null && node.Log.Contains("put pgbouncer in front, or give nodes smaller pools (Maximum Pool Size)", StringComparison.Ordinal);
        });
        StoreUnavailableException? start = null;
        await RealNode.UntilAsync(async () =>
        {
            await TakeAllAsync(cluster, taken);
            start = await Record.ExceptionAsync(async () => await (await PostgresStores.OpenAsync(cluster.ConnectionString())).DisposeAsync()) as StoreUnavailableException;
            return start is not null;
        });

        // Then each says so (the node in its log, which was waited for)
        Assert.Equal((ProblemCodes.Unavailable, true), (refused!.Code, refused.RetryAfter is not null));
        Assert.Contains("no connection left (sorry, too many clients already): raise max_connections", start!.Message, StringComparison.Ordinal);

        // And all goes on when there are some again
        foreach (var connection in taken) await connection.DisposeAsync();
        Assert.Equal(JobStatus.Succeeded, (await node.UntilRunAsync(RealNode.Echo())).Status);
    }

    [Fact]
    public async Task Writes_that_an_administrator_ends_are_refused_or_done_and_nothing_acknowledged_is_lost()
    {
        await using var cluster = await TemporaryCluster.StartAsync(cancellationToken: Token);
        await using var node = await RealNode.StartAsync(cluster.ConnectionString());
        ConcurrentBag<JobId> acknowledged = [];
        ConcurrentBag<Problem> refused = [];
        using var over = new CancellationTokenSource();

        // When an administrator ends every connection, again and again, while four callers submit
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => SubmitAsync(node, acknowledged, refused, over.Token))).ToArray();
        for (var round = 1; round <= 10; round++)
        {
            var before = acknowledged.Count;
            await RealNode.UntilAsync(() => Task.FromResult(acknowledged.Count >= before + 50));
            await TerminateAsync(cluster);
        }

        await over.CancelAsync();
        await Task.WhenAll(callers);

        // Then whoever was refused may come again, and everything acknowledged has run once
        Assert.NotEmpty(refused);
        Assert.All(refused, problem => Assert.Equal((ProblemCodes.Unavailable, true), (problem.Code, problem.RetryAfter is not null)));
        Assert.Contains("an administrator ended the connection", node.Log, StringComparison.Ordinal);
        foreach (var id in acknowledged) Assert.Equal((JobStatus.Succeeded, 1), await node.EndedAsync(id) is var job ? (job.Status, job.Record.State.Attempt) : default);
    }

    [Fact]
    public async Task A_password_that_is_changed_under_a_running_node_is_told_and_all_goes_on_once_it_is_right_again()
    {
        await using var cluster = await TemporaryCluster.StartAsync(cancellationToken: Token);
        await cluster.RunAsync("psql", ["-d", "postgres", "-c", "create role mw login password 'old'", "-c", "create database jobs owner mw"], Token);
        await using var node = await RealNode.StartAsync(cluster.ConnectionString("jobs", "mw", "old"));
        await node.UntilRunAsync(RealNode.Echo());

        await cluster.RunAsync("psql", ["-d", "postgres", "-c", "alter role mw password 'new'"], Token);
        await TerminateAsync(cluster);
        List<JobId> acknowledged = [];
        var refused = await node.UntilRefusedAsync(RealNode.Echo(), acknowledged);
        await RealNode.UntilAsync(() => Task.FromResult(node.Log.Contains("The database refuses the user by now: password authentication failed for user \"mw\"", StringComparison.Ordinal)));
        await cluster.RunAsync("psql", ["-d", "postgres", "-c", "alter role mw password 'old'"], Token);

        Assert.Equal(ProblemCodes.Unavailable, refused.Code);
        Assert.Equal(JobStatus.Succeeded, (await node.UntilRunAsync(RealNode.Echo())).Status);
        Assert.DoesNotContain("'old'", node.Log, StringComparison.Ordinal);
    }

    private static async Task SubmitAsync(RealNode node, ConcurrentBag<JobId> acknowledged, ConcurrentBag<Problem> refused, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                acknowledged.Add((await node.Jobs.SubmitAsync(RealNode.Echo(), Token)).Job.Id);
            }
            catch (ProblemException problem)
            {
                refused.Add(problem.Problem);
            }
        }
    }

    private static async Task<Problem?> RefusalAsync(RealNode node)
    {
        try
        {
            await node.Jobs.SubmitAsync(RealNode.Echo(), Token);
            return null;
        }
        catch (ProblemException refused)
        {
            return refused.Problem;
        }
    }

    private static async Task TerminateAsync(TemporaryCluster cluster)
    {
        await using var administrator = await ConnectAsync(cluster);
        await TerminateAsync(administrator);
    }

    private static async Task TerminateAsync(NpgsqlConnection administrator)
    {
        await using var terminate = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and application_name = 'meanwhile'", administrator);
        await terminate.ExecuteNonQueryAsync(Token);
    }

    private static async Task<NpgsqlConnection> ConnectAsync(TemporaryCluster cluster)
    {
        var connection = new NpgsqlConnection(cluster.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync(Token);
        return connection;
    }

    /// <summary>Takes connections until there are none.</summary>
    private static async Task TakeAllAsync(TemporaryCluster cluster, ConcurrentBag<NpgsqlConnection> taken)
    {
        try
        {
            while (true) taken.Add(await ConnectAsync(cluster));
        }
        catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            // there are none
        }
    }
}
