using System.Security.Cryptography;
using System.Text;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>What a store knows of itself.</summary>
/// <param name="Incarnation">Names its history: another one after a failover to another timeline, or a restore into another cluster.</param>
/// <param name="ClusterIsKnown">Whether the cluster and its timeline could be asked for; without, only the stored uuid tells.</param>
internal sealed record StoreIdentity(Guid Incarnation, byte[] ShortIdKey, bool ClusterIsKnown)
{
    /// <summary>Reads it.</summary>
    public static ValueTask<StoreIdentity> ReadAsync(Database database, CancellationToken cancellationToken) => database.RunAsync((session, token) => ReadAsync(database, session, token), cancellationToken);

    private static async ValueTask<StoreIdentity> ReadAsync(Database database, Session session, CancellationToken cancellationToken)
    {
        await database.History.CheckAsync(session, cancellationToken);
        var meta = (await session.ListAsync(new Call(StartSql.Meta), row => (row.GetString(0), row.GetFieldValue<byte[]>(1)), cancellationToken)).ToDictionary();
        var stored = new Guid(meta["incarnation"], bigEndian: true);
        var cluster = database.History.Cluster;
        return new StoreIdentity(cluster is null ? stored : Combine(stored, cluster), meta["short_id_key"], cluster is not null);
    }

    /// <summary>One uuid of the stored one, the cluster and its timeline: the same as long as all are.</summary>
    internal static Guid Combine(Guid stored, string cluster)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{stored} {cluster}"));
        hash[6] = (byte)(0x80 | (hash[6] & 0x0F)); // version 8: of our own making
        hash[8] = (byte)(0x80 | (hash[8] & 0x3F));
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
