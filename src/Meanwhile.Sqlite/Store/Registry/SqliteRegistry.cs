using System.Runtime.CompilerServices;
using Meanwhile.Registry;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Reading;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;

namespace Meanwhile.Sqlite.Store.Registry;

/// <summary>The registry's documents. Each change has a number of the store's, by which watchers go on.</summary>
internal sealed class SqliteRegistry(StoreWriter writer, ReaderPool readers, StoreSignals signals) : IRegistry
{
    private const int ChangesPerRead = 1_000;

    /// <summary>A document, or what a deleted one left.</summary>
    private readonly record struct Row(long Version, string? Json, DateTimeOffset UpdatedAt)
    {
        /// <summary>The version that a caller sees: 0 when there is no document.</summary>
        public long Seen => Json is null ? 0 : Version;
    }

    /// <inheritdoc/>
    public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) => readers.ReadAsync(
        session => Find(session, key) is { Json: { } json } row ? new Document(key, row.Version, json, row.UpdatedAt) : null,
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Document>> ListAsync(string kind, string? project, DocumentKey? after, int limit, CancellationToken cancellationToken) =>
        readers.ReadAsync<IReadOnlyList<Document>>(
            session =>
            {
                var list = session.Use(RegistrySql.List);
                list.Bind(1, kind);
                list.Bind(2, project);
                list.Bind(3, after?.Project ?? "");
                list.Bind(4, after?.Name ?? "");
                list.Bind(5, limit);
                return Session.All(list, row => new Document(new DocumentKey(kind, row.String(0)!, row.String(1)!), row.Int64(2), row.String(3)!, Micros.Time(row.Int64(4))));
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion, CancellationToken cancellationToken) => writer.WriteAsync(
        session =>
        {
            var known = Find(session, key) ?? default;
            if (expectedVersion is { } expected && expected != known.Seen) return null;
            var document = new Document(key, known.Version + 1, json, session.Now);
            Put(session, key, document.Version, json);
            return document;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(DocumentKey key, long? expectedVersion, CancellationToken cancellationToken) => writer.WriteAsync(
        session =>
        {
            if (Find(session, key) is not { Json: not null } known || (expectedVersion is { } expected && expected != known.Version)) return false;
            Put(session, key, known.Version, null);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentChange> WatchAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var existing = after == 0; // only documents that exist, as far as the beginning goes
        while (true)
        {
            var changed = signals.RegistryChanged; // before the read, so that no change falls between
            var changes = await readers.ReadAsync(session => Changes(session, after), cancellationToken);
            foreach (var change in changes)
            {
                after = change.Number;
                if (!existing || change.Document is not null) yield return change;
            }

            if (changes.Count == ChangesPerRead) continue;
            existing = false;
            await changed.WaitAsync(cancellationToken);
        }
    }

    private static Row? Find(Session session, DocumentKey key)
    {
        var find = session.Use(RegistrySql.Get);
        find.Bind(1, key.Kind);
        find.Bind(2, key.Project);
        find.Bind(3, key.Name);
        Row? row = find.Step() ? new Row(find.Int64(0), find.String(1), Micros.Time(find.Int64(2))) : null;
        find.Reset();
        return row;
    }

    private static void Put(WriteSession session, DocumentKey key, long version, string? json)
    {
        var change = 1 + (Session.First(session.Use(RegistrySql.LastChange)) ?? 0);
        var put = session.Use(RegistrySql.Put);
        put.Bind(1, key.Kind);
        put.Bind(2, key.Project);
        put.Bind(3, key.Name);
        put.Bind(4, version);
        put.Bind(5, json);
        put.Bind(6, Micros.Of(session.Now));
        put.Bind(7, change);
        put.RunToEnd();
        session.RegistryChanged = true;
    }

    private static List<DocumentChange> Changes(Session session, long after)
    {
        var find = session.Use(RegistrySql.Changes);
        find.Bind(1, after);
        find.Bind(2, ChangesPerRead);
        return Session.All(find, ReadChange);
    }

    private static DocumentChange ReadChange(Statement row)
    {
        var key = new DocumentKey(row.String(1)!, row.String(2)!, row.String(3)!);
        return new DocumentChange(row.Int64(0), key, row.String(5) is { } json ? new Document(key, row.Int64(4), json, Micros.Time(row.Int64(6))) : null);
    }
}
