using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Registry;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Registry;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>Begins another history of a store that was restored, once nobody uses it.</summary>
internal sealed class Restorer(Database database, NewHistory history, TimeProvider time, Action<Span<byte>> draw)
{
    /// <summary>Longer than two beats: who lives beats in it.</summary>
    private static readonly TimeSpan LookFor = TimeSpan.FromSeconds(5);

    /// <summary>Looks whether nodes live, and begins another history.</summary>
    /// <param name="force">Not to look.</param>
    /// <exception cref="StoreUnusableException">Nodes live; nothing was touched.</exception>
    public async ValueTask<RestoredStore> RestoreAsync(bool force, CancellationToken cancellationToken)
    {
        if (!force && await LivingAsync(cancellationToken) is { Count: > 0 } living)
            throw new StoreUnusableException($"Servers use this store just now: {string.Join(", ", living)}. Stop them before the restore, or say that they may be cut off with --force.");
        var incarnation = NewIncarnation();
        var begun = await history.BeginAsync(incarnation, cancellationToken);
        await RecordAsync(begun, cancellationToken);
        return new RestoredStore((await StoreIdentity.ReadAsync(database, cancellationToken)).Incarnation, begun.Ended, begun.Rescued.Count);
    }

    /// <summary>The nodes whose counters rise. That of a restored row stands still, whoever it was.</summary>
    private async ValueTask<IReadOnlyList<NodeEpoch>> LivingAsync(CancellationToken cancellationToken)
    {
        var before = await BeatsAsync(cancellationToken);
        if (before.Count == 0) return [];
        await Task.Delay(LookFor, time, cancellationToken);
        return [.. (await BeatsAsync(cancellationToken)).Except(before).Select(beat => beat.Node)];
    }

    private async ValueTask<List<NodeBeat>> BeatsAsync(CancellationToken cancellationToken) =>
        await database.ListAsync(new Call(NodeSql.Living), row => new NodeBeat(new NodeEpoch(row.GetString(0), row.GetInt64(1)), row.GetInt64(2)), cancellationToken);

    private Guid NewIncarnation()
    {
        Span<byte> random = stackalloc byte[16];
        draw(random);
        return new Guid(random, bigEndian: true);
    }

    private ValueTask RecordAsync(NewHistory.Begun begun, CancellationToken cancellationToken)
    {
        var detail = $$"""{"nodes_ended":"{{begun.Ended.Count}}","jobs_rescued":"{{begun.Rescued.Count}}"}""";
        var entry = new AuditEntry(new JobIdMaker(time, draw).Next().Value, time.GetUtcNow(), "", "owner", "store.restored", database.Schema.Name, detail);
        return new PostgresAuditLog(database).AppendAsync([entry], cancellationToken);
    }
}
