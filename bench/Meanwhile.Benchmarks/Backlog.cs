using Npgsql;

namespace Meanwhile.Benchmarks;

/// <summary>What no-op jobs of all projects an engine has begun, and whether any is left in its store on PostgreSQL.</summary>
internal sealed class Backlog : IAsyncDisposable
{
    private readonly NpgsqlDataSource _store;
    private long _begun;
    private long _expected;

    public Backlog(Bench bench, string connectionString)
    {
        _store = NpgsqlDataSource.Create(connectionString);
        bench.Noop.Began = _ => Interlocked.Increment(ref _begun);
    }

    /// <summary>How many have begun.</summary>
    public long Begun => Interlocked.Read(ref _begun);

    /// <summary>How many were submitted and have not begun.</summary>
    public long Waiting => Interlocked.Read(ref _expected) - Begun;

    /// <summary>So many more are submitted.</summary>
    public void Expect(int jobs) => Interlocked.Add(ref _expected, jobs);

    /// <summary>Waits until all have ended: the table of live jobs is empty. It is asked only once all have begun, because asking costs the store something too.</summary>
    public async Task DrainedAsync()
    {
        while (Waiting > 0) await Task.Delay(20);
        while (await LongAsync("select count(*) from meanwhile.job") > 0) await Task.Delay(20);
    }

    /// <summary>Asks the store for a number.</summary>
    public async Task<long> LongAsync(string sql)
    {
        await using var command = _store.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
