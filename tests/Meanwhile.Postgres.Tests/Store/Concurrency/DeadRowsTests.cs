using System.Collections.Concurrent;
using System.Data;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Store.Retention;
using Meanwhile.Postgres.Tests.Clusters;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>Tables with more dead rows than vacuum may remove, as an old transaction might still see them.</summary>
public sealed class DeadRowsTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresStoreOptions _options = new() { Schema = PostgresStores.NewSchema() };
    private NodesOnOneStore _nodes = null!;
    private NpgsqlConnection _connection = null!;
    private Meanwhile.Postgres.Store.Connections.Database _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _nodes = await NodesOnOneStore.OpenAsync(shared, 2, options: _options);
        var connectionString = await PostgresStores.ConnectionStringAsync(shared);
        _database = await Connector.OpenAsync(connectionString, _options, Token);
        _connection = new NpgsqlConnection(connectionString);
        await _connection.OpenAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _database.DisposeAsync();
        await _nodes.DisposeAsync();
    }

    [Fact]
    public async Task They_are_written_away_while_the_old_transaction_lasts_and_every_job_is_as_it_was()
    {
        await using var old = await HoldAsync("select 1");
        var specs = Enumerable.Range(0, 200).Select(i => _nodes.Spec($"p{i % 3}") with { Priority = i % 5, IdempotencyKey = $"k{i}", ContentHash = new byte[] { 1, 2, (byte)i } }).ToArray();
        await _nodes.Store.Jobs.SubmitAsync(specs, Token);
        var running = await NodesOnOneStore.ClaimAsync(_nodes.All[1], 50);
        for (var i = 0; i < 20; i++) await SetUpDeadRowsAsync();
        var ids = specs.Select(spec => spec.Id).ToArray();
        var (before, size) = (await _nodes.Store.Reader.GetAsync(ids, Token), await SizeAsync());

        Assert.True(await new TableRewriter(_database).TryRewriteAsync("job", Token));

        Assert.Equivalent(before, await _nodes.Store.Reader.GetAsync(ids, Token), strict: true);
        Assert.InRange(await SizeAsync(), 1, size / 4);
        Assert.All(await _nodes.All[1].Store.Jobs.FinishAsync([.. running.Select(job => _nodes.End(job.Fence))], Token), write => Assert.Equal(JobStatus.Succeeded, write.Job!.State.Status));
        Assert.Equal(150, (await NodesOnOneStore.ClaimAsync(_nodes.All[0], 200)).Count);
    }

    [Fact]
    public async Task A_table_is_written_anew_only_when_it_has_many()
    {
        await _nodes.Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 50).Select(_ => _nodes.Spec())], Token);
        await using (var update = new NpgsqlCommand($"update {_options.Schema}.job set effects_begun = effects_begun", _connection)) Assert.Equal(50, await update.ExecuteNonQueryAsync(Token));
        await using (var flush = new NpgsqlCommand("select pg_stat_force_next_flush()", _connection)) await flush.ExecuteNonQueryAsync(Token);
        var rewriter = new TableRewriter(_database);

        Assert.True(await rewriter.IsDueAsync("job", 49, Token));
        Assert.False(await rewriter.IsDueAsync("job", 50, Token));
        Assert.True(await rewriter.TryRewriteAsync("job", Token));
        Assert.False(await rewriter.IsDueAsync("job", 0, Token));
    }

    [Fact]
    public async Task Whoever_has_used_the_table_for_long_is_not_waited_for_and_holds_nobody_up()
    {
        await using var old = await HoldAsync($"select count(*) from {_options.Schema}.job");
        var rewriter = new TableRewriter(_database);

        Assert.False(await rewriter.TryRewriteAsync("job", Token));

        await using (var sleep = new NpgsqlCommand("select pg_sleep(2)", _connection, old.Transaction)) await sleep.ExecuteNonQueryAsync(Token); // the database's time decides how old a transaction is
        Assert.False(await rewriter.IsDueAsync("job", -1, Token));
        await old.Transaction.CommitAsync(Token);
        Assert.True(await rewriter.IsDueAsync("job", -1, Token));
        Assert.True(await rewriter.TryRewriteAsync("job", Token));
    }

    [Fact]
    public async Task Nothing_is_lost_or_done_twice_while_a_table_is_written_anew_time_and_again()
    {
        const int Jobs = 600;
        ConcurrentBag<JobId> ended = [];
        using var done = new CancellationTokenSource();
        var rewriting = Task.Run(
            async () =>
            {
                var times = 0;
                while (!done.IsCancellationRequested) times += await new TableRewriter(_database).TryRewriteAsync("job", Token) ? 1 : 0;
                return times;
            },
            Token);

        await Task.WhenAll(_nodes.All.Select((node, i) => Task.Run(
            async () =>
            {
                for (var batch = 0; batch < 10; batch++) await node.Store.Jobs.SubmitAsync([.. Enumerable.Range(0, Jobs / 20).Select(_ => _nodes.Spec($"p{i}"))], Token);
                while (ended.Count < Jobs)
                {
                    foreach (var job in await NodesOnOneStore.ClaimAsync(node, 20))
                    {
                        Assert.Equal(JobStatus.Succeeded, (await node.Store.Jobs.FinishAsync([_nodes.End(job.Fence)], Token))[0].Job!.State.Status);
                        ended.Add(job.Job.Id);
                    }
                }
            },
            Token)));
        await done.CancelAsync();

        Assert.InRange(await rewriting, 3, int.MaxValue);
        Assert.Equal(Jobs, ended.Distinct().Count());
        Assert.Equal(Jobs, ended.Count);
    }

    private async Task<Held> HoldAsync(string sql)
    {
        var transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, Token);
        await using (var look = new NpgsqlCommand(sql, _connection, transaction)) await look.ExecuteScalarAsync(Token);
        return new Held(transaction);
    }

    private async Task SetUpDeadRowsAsync() => await _database.RunAsync([new("update meanwhile.job set effects_begun = effects_begun")], Token);

    private async Task<long> SizeAsync() => await _database.ScalarAsync<long>(new($"select pg_table_size('{_options.Schema}.job')"), Token);

    private sealed record Held(NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Transaction.DisposeAsync();
    }
}
