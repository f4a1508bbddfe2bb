using Meanwhile.Jobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Postgres.Tests.Store.Concurrency;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Writing;

/// <summary>The rows that say which jobs have which sequences.</summary>
public sealed class JobSequenceTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresStoreOptions _options = new() { Schema = PostgresStores.NewSchema() };
    private NodesOnOneStore _nodes = null!;
    private NpgsqlConnection _connection = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _nodes = await NodesOnOneStore.OpenAsync(shared, 1, options: _options);
        _connection = new NpgsqlConnection(await PostgresStores.ConnectionStringAsync(shared));
        await _connection.OpenAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _nodes.DisposeAsync();
    }

    [Fact]
    public async Task Jobs_that_were_accepted_together_have_one_which_goes_with_the_last_of_them()
    {
        await SubmitAsync(40, TimeSpan.FromMicroseconds(1));
        await EndAllAsync();
        Assert.Equal(1, await RowsAsync());

        await ForgetAsync(39);
        Assert.Equal(1, await RowsAsync());
        await ForgetAsync(1);
        Assert.Equal(0, await RowsAsync());
    }

    [Fact]
    public async Task One_stays_as_long_as_any_of_its_jobs_is_live_or_keeps_its_result()
    {
        await SubmitAsync(3, TimeSpan.FromMicroseconds(1), last => last with { Ttl = TimeSpan.FromDays(1) });
        await SubmitAsync(3, TimeSpan.FromMicroseconds(1), last => last with { RunAt = last.RunAt.AddDays(1) });
        await EndAllAsync();

        await ForgetAsync(4);

        Assert.Equal(2, await RowsAsync());
        foreach (var sequence in new[] { 1, 2, 4, 5 }) Assert.Null(await _nodes.Store.Reader.FindAsync("p", sequence, Token));
        foreach (var sequence in new[] { 3, 6 }) Assert.NotNull(await _nodes.Store.Reader.FindAsync("p", sequence, Token));
    }

    private async Task SubmitAsync(int count, TimeSpan ttl, Func<JobSpec, JobSpec>? last = null)
    {
        JobSpec[] specs = [.. Enumerable.Range(0, count).Select(_ => _nodes.Spec() with { Ttl = ttl })];
        if (last is not null) specs[^1] = last(specs[^1]);
        await _nodes.Store.Jobs.SubmitAsync(specs, Token);
    }

    private async Task EndAllAsync()
    {
        var claimed = await NodesOnOneStore.ClaimAsync(_nodes.All[0], 100);
        Assert.All(await _nodes.Store.Jobs.FinishAsync([.. claimed.Select(job => _nodes.End(job.Fence))], Token), write => Assert.Equal(JobStatus.Succeeded, write.Job!.State.Status));
    }

    private async Task ForgetAsync(int jobs) =>
        Assert.Equal(jobs, (await _nodes.Store.Jobs.RetainAsync(new RetentionRequest(TimeSpan.Zero, TimeSpan.FromDays(1), jobs), Token)).Forgotten);

    private async Task<long> RowsAsync()
    {
        await using var count = new NpgsqlCommand($"select count(*) from {_options.Schema}.job_sequence", _connection);
        return (long)(await count.ExecuteScalarAsync(Token))!;
    }
}
