using System.Runtime.CompilerServices;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Nodes;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Registry;
using Npgsql;

namespace Meanwhile.Postgres.Store.Registry;

/// <summary>The registry's documents. Each change has a number of the store's, by which watchers go on.</summary>
internal sealed class PostgresRegistry(Database database, StoreClock clock, RegistrySignal signal, TimeSpan watchEvery) : IRegistry
{
    private const int ChangesPerRead = 1_000;

    /// <summary>A document, or what a deleted one left.</summary>
    private readonly record struct Row(long Version, string? Json, DateTimeOffset UpdatedAt)
    {
        /// <summary>The version that a caller sees: 0 when there is no document.</summary>
        public long Seen => Json is null ? 0 : Version;
    }

    /// <inheritdoc/>
    public async ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) =>
        await database.ListAsync(Find(key), ReadRow, cancellationToken) is [{ Json: { } json } row] ? new Document(key, row.Version, json, row.UpdatedAt) : null;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Document>> ListAsync(string kind, string? project, DocumentKey? after, int limit, CancellationToken cancellationToken) => await database.ListAsync(
        new Call(RegistrySql.List, Parameters.Text(kind), Parameters.Text(project), Parameters.Text(after?.Project ?? ""), Parameters.Text(after?.Name ?? ""), Parameters.Int(limit)),
        row => new Document(new DocumentKey(kind, row.GetString(0), row.GetString(1)), row.GetInt64(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion, CancellationToken cancellationToken) => WriteAsync(
        key,
        async (session, known, token) =>
        {
            if (expectedVersion is { } expected && expected != known.Seen) return null;
            var updatedAt = await PutAsync(session, key, known.Version + 1, json, token);
            return new Document(key, known.Version + 1, json, updatedAt);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(DocumentKey key, long? expectedVersion, CancellationToken cancellationToken) => WriteAsync(
        key,
        async (session, known, token) =>
        {
            if (known.Json is null || (expectedVersion is { } expected && expected != known.Version)) return false;
            await PutAsync(session, key, known.Version, null, token);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentChange> WatchAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var existing = after == 0; // only documents that exist, as far as the beginning goes
        while (true)
        {
            var changed = signal.Changed; // before the read, so that no change falls between
            var changes = await database.ListAsync(new Call(RegistrySql.Changes, Parameters.Long(after), Parameters.Int(ChangesPerRead)), ReadChange, cancellationToken);
            foreach (var change in changes)
            {
                after = change.Number;
                if (!existing || change.Document is not null) yield return change;
            }

            if (changes.Count == ChangesPerRead) continue;
            existing = false;
            await WaitAsync(changed, cancellationToken);
        }
    }

    /// <summary>Until this node changes something, or it is time to look what others changed.</summary>
    private async ValueTask WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(watchEvery, clock.Time, ended.Token));
        await ended.CancelAsync(); // the timer goes too
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async ValueTask<T> WriteAsync<T>(DocumentKey key, Func<Session, Row, CancellationToken, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        var answer = await database.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync([Session.Begin, new Call(RegistrySql.LockRegistry)], token);
                var known = await session.ListAsync(Find(key), ReadRow, token);
                var written = await write(session, known.Count > 0 ? known[0] : default, token);
                await session.RunAsync([new Call(NodeSql.Tell, Parameters.Text(WakeUpText.RegistryChanged)), Session.Commit], token); // heard once it is committed
                return written;
            },
            cancellationToken);
        signal.Tell();
        return answer;
    }

    private async ValueTask<DateTimeOffset> PutAsync(Session session, DocumentKey key, long version, string? json, CancellationToken cancellationToken)
    {
        var put = new Call(RegistrySql.Put, [.. Name(key), Parameters.Long(version), Parameters.Text(json), clock.Parameter]);
        return (await session.ListAsync(put, row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken))[0];
    }

    private static Call Find(DocumentKey key) => new(RegistrySql.Get, Name(key));

    private static NpgsqlParameter[] Name(DocumentKey key) => [Parameters.Text(key.Kind), Parameters.Text(key.Project), Parameters.Text(key.Name)];

    private static Row ReadRow(NpgsqlDataReader row) => new(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetFieldValue<DateTimeOffset>(2));

    private static DocumentChange ReadChange(NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        var (number, key) = (columns.Long(), new DocumentKey(columns.Text(), columns.Text(), columns.Text()));
        var (version, json, updatedAt) = (columns.Long(), columns.NullableText(), columns.Time());
        return new DocumentChange(number, key, json is null ? null : new Document(key, version, json, updatedAt));
    }
}
