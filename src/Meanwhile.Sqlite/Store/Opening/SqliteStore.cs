using Meanwhile.Events;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Events;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Jobs;
using Meanwhile.Sqlite.Store.Nodes;
using Meanwhile.Sqlite.Store.Reading;
using Meanwhile.Sqlite.Store.Registry;
using Meanwhile.Sqlite.Store.Usages;
using Meanwhile.Sqlite.Store.Writing;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store;

/// <summary>How a SQLite store works.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>How many connections read at once; a further reader waits. 1 to 64, 4 by default.</summary>
    public int ReadersMax { get; init; } = 4;

    /// <summary>Whether each write commits on its caller's thread instead of the writer's: for a simulation on one thread. False by default.</summary>
    public bool Inline { get; init; }

    /// <summary>How much memory all of SQLite may take in this process, in bytes: the store and every statement of a source. 64 MiB and more, 1 GiB by default.</summary>
    /// <remarks>A statement that would take more fails as a resource limit; an eighth is kept for the store.</remarks>
    public long HeapBytesMax { get; init; } = 1024 * 1024 * 1024;
}

/// <summary>Every store port in one SQLite file, held by one process.</summary>
/// <remarks>What is answered as applied is on stable storage (WAL, synchronous = full). Safe for concurrent use. Disposing commits what waits.</remarks>
public sealed class SqliteStore : IAsyncDisposable
{
    private readonly DataDirectory _directory;
    private readonly StoreWriter _writer;
    private readonly ReaderPool _readers;

    private SqliteStore(DataDirectory directory, Connection connection, TimeProvider time, SqliteStoreOptions options)
    {
        _directory = directory;
        var signals = new StoreSignals();
        var incarnation = new Guid(StoreFile.Meta(connection, "incarnation"), bigEndian: true);
        var shortIdKey = StoreFile.Meta(connection, "short_id_key");
        var session = new WriteSession(connection, time, signals);
        session.Load();
        _writer = new StoreWriter(session, options.Inline);
        _readers = new ReaderPool(() => StoreFile.OpenReader(directory.StoreFile), options.ReadersMax);
        Jobs = new SqliteJobStore(_writer);
        Reader = new SqliteJobReader(_readers, time, incarnation, shortIdKey);
        Events = new SqliteEventReader(_readers, signals, incarnation);
        Nodes = new SqliteNodeStore(_writer, _readers, time);
        Registry = new SqliteRegistry(_writer, _readers, signals);
        Audit = new SqliteAuditLog(_writer, _readers);
        Usage = new SqliteUsage(_writer);
    }

    /// <summary>Changes jobs.</summary>
    public IJobStore Jobs { get; }

    /// <summary>Reads jobs.</summary>
    public IJobReader Reader { get; }

    /// <summary>Reads the feed.</summary>
    public IEventReader Events { get; }

    /// <summary>Knows which nodes live: registering a server ends all other servers.</summary>
    public INodeStore Nodes { get; }

    /// <summary>Keeps documents.</summary>
    public IRegistry Registry { get; }

    /// <summary>Keeps the audit log.</summary>
    public IAuditLog Audit { get; }

    /// <summary>Counts what is used.</summary>
    public IUsage Usage { get; }

    /// <summary>Takes a data directory, making it when it is not there, and opens its store, making or migrating it.</summary>
    /// <param name="time">Decides due times.</param>
    /// <param name="draw">Fills a span with random bytes: a new store's incarnation and key of short ids.</param>
    /// <exception cref="StoreUnusableException">Another server holds the directory, or the file is damaged, another program's, or of a newer schema; nothing was touched.</exception>
    /// <exception cref="StoreUnavailableException">The file can't be read or written.</exception>
    public static ValueTask<SqliteStore> OpenAsync(string directory, TimeProvider time, Action<Span<byte>> draw, SqliteStoreOptions? options = null)
    {
        var taken = DataDirectory.Take(Path.GetFullPath(directory));
        Connection? connection = null;
        try
        {
            StoreFile.Check(taken.StoreFile);
            connection = StoreFile.OpenWriter(taken.StoreFile, draw);
            return ValueTask.FromResult(new SqliteStore(taken, connection, time, options ?? new SqliteStoreOptions()));
        }
        catch (Exception error)
        {
            connection?.Dispose();
            taken.Dispose();
            throw StoreErrors.Translate(error);
        }
    }

    /// <summary>Writes <c>server.json</c>, so that a second server on the directory can name this one.</summary>
    /// <param name="url">Where this server listens.</param>
    /// <param name="pid">Its process.</param>
    /// <param name="epoch">Its node's epoch.</param>
    public void DescribeServer(string url, int pid, long epoch) => _directory.Describe(new ServerDescription(url, pid, epoch));

    /// <summary>Lets the file grow no further than so many pages: what a full disk does, for tests.</summary>
    internal void LimitPages(int pagesMax) => _writer.WriteAsync(
        session =>
        {
            session.Connection.Execute($"pragma max_page_count = {pagesMax}");
            return true;
        },
        CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _readers.Dispose();
        await _writer.DisposeAsync();
        _directory.Dispose();
    }
}
