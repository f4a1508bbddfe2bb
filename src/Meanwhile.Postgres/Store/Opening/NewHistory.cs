using System.Text;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Nodes;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>Begins another history of a store: ends every epoch of the one before, whose nodes know what is not so here, and has their work go on as that of lost nodes.</summary>
internal sealed class NewHistory(Database database, EpochEnder ender)
{
    private const string IncarnationKey = "incarnation";
    private const string ClusterKey = "cluster";
    private const long SequencesSkipped = 1_000_000;
    private const long FencesSkipped = 1_000;

    /// <summary>What was done.</summary>
    internal readonly record struct Begun(IReadOnlyList<NodeEpoch> Ended, IReadOnlyList<JobId> Rescued);

    /// <summary>Begins one when the store was last opened in another cluster or on another timeline: after a failover, a point-in-time recovery, or a restore elsewhere.</summary>
    /// <returns>What was done; null when the history is the same, or can't be told.</returns>
    public ValueTask<Begun?> BeginWhereMovedAsync(CancellationToken cancellationToken) => InTransactionAsync(
        async (session, token) =>
        {
            var cluster = database.History.Cluster!;
            var last = await LastClusterAsync(session, token);
            if (last == cluster) return null;
            await session.RunAsync([PutCluster(cluster)], token);
            return last is null ? null : await BeginAsync(session, token);
        },
        needsCluster: true,
        cancellationToken);

    /// <summary>Begins one, whose incarnation is another wherever the store is.</summary>
    public async ValueTask<Begun> BeginAsync(Guid incarnation, CancellationToken cancellationToken) => (await InTransactionAsync(
        async (session, token) =>
        {
            await session.RunAsync([new Call(StartSql.PutMeta, Parameters.Text(IncarnationKey), Parameters.Bytes(incarnation.ToByteArray(bigEndian: true)))], token);
            if (database.History.Cluster is { } cluster) await session.RunAsync([PutCluster(cluster)], token);
            return await BeginAsync(session, token);
        },
        needsCluster: false,
        cancellationToken))!.Value;

    private async ValueTask<Begun?> InTransactionAsync(Func<Session, CancellationToken, ValueTask<Begun?>> work, bool needsCluster, CancellationToken cancellationToken) => await database.RunAsync(
        async (session, token) =>
        {
            if (needsCluster && database.History.Cluster is null) return null;
            await session.RunAsync([Session.Begin, new Call(StartSql.Lock, Parameters.Text(database.Schema.Name))], token);
            var begun = await work(session, token);
            await session.RunAsync([Session.Commit], token);
            return begun;
        },
        cancellationToken);

    private async ValueTask<Begun?> BeginAsync(Session session, CancellationToken cancellationToken)
    {
        var living = await session.ListAsync(new Call(NodeSql.LockAll), row => new EpochRow(row.GetInt32(0), new NodeEpoch(row.GetString(1), row.GetInt64(2))), cancellationToken);
        var (rescued, _) = await ender.EndAsync(session, living, cancellationToken); // what this process remembers of it goes with its own start
        await session.RunAsync([new Call(RestoreSql.SkipSequences, Parameters.Long(SequencesSkipped)), new Call(RestoreSql.SkipFences, Parameters.Long(FencesSkipped))], cancellationToken);
        return new Begun([.. living.Select(row => row.Node)], rescued);
    }

    private static async ValueTask<string?> LastClusterAsync(Session session, CancellationToken cancellationToken)
    {
        var meta = await session.ListAsync(new Call(StartSql.Meta), row => (Key: row.GetString(0), Value: row.GetFieldValue<byte[]>(1)), cancellationToken);
        return meta.FirstOrDefault(entry => entry.Key == ClusterKey).Value is { } value ? Encoding.UTF8.GetString(value) : null;
    }

    private static Call PutCluster(string cluster) => new(StartSql.PutMeta, Parameters.Text(ClusterKey), Parameters.Bytes(Encoding.UTF8.GetBytes(cluster)));
}
