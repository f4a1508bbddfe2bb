namespace Meanwhile.Testing.Postgres;

/// <summary>A primary with a streaming standby that can be left behind and then promoted.</summary>
public sealed class ReplicatedCluster : IAsyncDisposable
{
    private static readonly TimeSpan CatchesUpWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private ReplicatedCluster(TemporaryCluster primary, TemporaryCluster replica) => (Primary, Replica) = (primary, replica);

    /// <summary>Which is lost one day.</summary>
    public TemporaryCluster Primary { get; }

    /// <summary>Which takes its place.</summary>
    public TemporaryCluster Replica { get; }

    /// <summary>Leads to whichever is the primary.</summary>
    public string ConnectionString => Primary.ConnectionStringWith(Replica);

    /// <summary>Starts both.</summary>
    public static async Task<ReplicatedCluster> StartAsync(CancellationToken cancellationToken = default)
    {
        var primary = await TemporaryCluster.StartAsync(cancellationToken: cancellationToken);
        try
        {
            return new ReplicatedCluster(primary, await primary.StartReplicaAsync(cancellationToken));
        }
        catch
        {
            await primary.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has the standby take over everything that was committed, and nothing from then on.</summary>
    public async Task LeaveBehindAsync(CancellationToken cancellationToken = default)
    {
        var written = await AskAsync(Primary, "select pg_current_wal_flush_lsn()", cancellationToken);
        await UntilAsync(async () => await AskAsync(Replica, $"select pg_last_wal_replay_lsn() >= '{written}'", cancellationToken) == "t", cancellationToken);
        await Replica.StopAsync(ClusterStop.Fast, cancellationToken);
    }

    /// <summary>The primary is lost for good, and the standby takes its place as it is.</summary>
    public async Task FailOverAsync(CancellationToken cancellationToken = default)
    {
        await Primary.StopAsync(ClusterStop.Immediate, cancellationToken);
        await Replica.StartAgainAsync(cancellationToken);
        await Replica.PromoteAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, CancellationToken cancellationToken)
    {
        using var atMost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        atMost.CancelAfter(CatchesUpWithin);
        while (!await isSo()) await Task.Delay(LookEvery, TimeProvider.System, atMost.Token); // a server tells nobody how far it is
    }

    private static async Task<string> AskAsync(TemporaryCluster cluster, string sql, CancellationToken cancellationToken) =>
        (await cluster.RunAsync("psql", ["-d", "postgres", "-tAc", sql], cancellationToken)).Trim();
}
