using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Restoring;

/// <summary>A primary with a standby that can be left behind and then promoted.</summary>
internal sealed class Replicated : IAsyncDisposable
{
    private static readonly TimeSpan CatchesUpWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private Replicated(TemporaryCluster primary, TemporaryCluster replica) => (Primary, Replica) = (primary, replica);

    public TemporaryCluster Primary { get; }

    public TemporaryCluster Replica { get; }

    /// <summary>Leads to whichever is the primary.</summary>
    public string ConnectionString => Primary.ConnectionStringWith(Replica) + ";Maximum Pool Size=8";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Replicated> StartAsync()
    {
        var primary = await TemporaryCluster.StartAsync(cancellationToken: Token);
        return new Replicated(primary, await primary.StartReplicaAsync(Token));
    }

    /// <summary>Has the standby take over everything that was committed, and nothing from then on.</summary>
    public async Task LeaveBehindAsync()
    {
        var written = await AskAsync(Primary, "select pg_current_wal_flush_lsn()::text");
        await UntilAsync(async () => await AskAsync(Replica, $"select (pg_last_wal_replay_lsn() >= '{written}'::pg_lsn)::text") == "true");
        await Replica.StopAsync(ClusterStop.Fast, Token);
    }

    /// <summary>The primary is lost for good, and the standby takes its place as it is.</summary>
    public async Task FailOverAsync()
    {
        await Primary.StopAsync(ClusterStop.Immediate, Token);
        await Replica.StartAgainAsync(Token);
        await Replica.PromoteAsync(Token);
    }

    /// <summary>Looks again and again until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(CatchesUpWithin);
        using var ticks = new PeriodicTimer(LookEvery);
        while (!await isSo()) await ticks.WaitForNextTickAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
    }

    private static async Task<string?> AskAsync(TemporaryCluster cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString() + ";Pooling=false");
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync(Token);
    }
}
