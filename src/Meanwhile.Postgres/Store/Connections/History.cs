using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>The history that this node's memory is of: a cluster on a timeline. A connection that leads to another is not used, and once one was met, none is.</summary>
/// <remarks>
/// A standby that was promoted while it was behind, or a cluster recovered to a point in time, hands out ids and fences a second time that this node remembers as others' or its own: written there, they would be taken for what they are not.
/// A server never changes its timeline while it runs, so each new connection is asked once; a pooler goes on to another server under the same connection, so through one each batch is asked. Safe for concurrent use.
/// </remarks>
/// <param name="isKnown">Whether the role may ask which cluster this is. Without, no history is told from another here.</param>
internal sealed class History(bool isKnown)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _cluster;
    private Guid? _incarnation;

    /// <summary>The cluster's system identifier and the timeline, as the first connection told; null while none has, or when it can't be asked.</summary>
    public string? Cluster => _cluster;

    /// <summary>Ends when another history was met.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Refuses to go on once another history was met.</summary>
    /// <exception cref="StoreUnavailableException">It was.</exception>
    public void Check()
    {
        if (_ended.Task.IsCompleted) throw Over();
    }

    /// <summary>Another history was met.</summary>
    public StoreUnavailableException End()
    {
        _ended.TrySetResult();
        return Over();
    }

    /// <summary>Asks a new connection where it leads; blocks.</summary>
    /// <exception cref="StoreUnavailableException">Elsewhere.</exception>
    public void Look(NpgsqlConnection connection)
    {
        Check();
        if (!isKnown) return;
        using var command = new NpgsqlCommand(StartSql.Identity, connection);
        Take(command.ExecuteScalar() as string);
    }

    /// <inheritdoc cref="Look"/>
    public async Task LookAsync(NpgsqlConnection connection)
    {
        Check();
        if (!isKnown) return;
        await using var command = new NpgsqlCommand(StartSql.Identity, connection);
        Take(await command.ExecuteScalarAsync() as string);
    }

    /// <summary>Looks whether the store's own uuid is still the one that was read first: a restore into the very place gives it another.</summary>
    /// <exception cref="StoreUnavailableException">It is another.</exception>
    public async ValueTask CheckAsync(Session session, CancellationToken cancellationToken)
    {
        var stored = new Guid((await session.ScalarAsync<byte[]>(new Call(StartSql.Incarnation), cancellationToken))!, bigEndian: true);
        if (stored != (_incarnation ??= stored)) throw End();
    }

    /// <summary>A statement that fails where the timeline is another, so that its batch does; null when it can't be asked.</summary>
    public Call? Guard => _cluster is { } known ? new Call(StartSql.SameTimeline, Parameters.Text(TimelineOf(known))) : null;

    /// <summary>Whether it is <see cref="Guard"/> that has failed.</summary>
    public static bool IsAnotherTimeline(Exception error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.InvalidTextRepresentation } failed && failed.MessageText.Contains(StartSql.AnotherTimeline, StringComparison.Ordinal);

    private void Take(string? cluster)
    {
        if (cluster is null) throw new StoreUnavailableException("The database only reads: this is a standby, and the connection string must lead to the primary (Target Session Attributes=primary).");
        if (Interlocked.CompareExchange(ref _cluster, cluster, null) is { } known && known != cluster) throw End();
    }

    private static string TimelineOf(string cluster) => cluster[(cluster.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private static StoreUnavailableException Over() => new("The store has another history than this node knows, after a failover or a restore: the node lets go of what it runs and begins anew.");
}
