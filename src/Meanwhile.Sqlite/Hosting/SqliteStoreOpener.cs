using System.Security.Cryptography;
using Meanwhile.Nodes;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Store;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Stores;

namespace Meanwhile.Hosting;

/// <summary>Opens the SQLite store of a data directory when the engine starts.</summary>
internal sealed class SqliteStoreOpener(string directory, SqliteStoreOptions options, TimeProvider time) : IStoreOpener
{
    private SqliteStore? _store;

    /// <inheritdoc/>
    public async ValueTask<StorePorts> OpenAsync(CancellationToken cancellationToken)
    {
        SqliteHeap.Limit(options.HeapBytesMax);
        _store = await SqliteStore.OpenAsync(directory, time, RandomNumberGenerator.Fill, options);
        var temporary = Path.Combine(directory, "tmp");
        OwnerOnly.MakeFolder(temporary);
        TemporaryFiles.Use(temporary);
        return new StorePorts
        {
            Jobs = _store.Jobs,
            Reader = _store.Reader,
            Events = _store.Events,
            Nodes = _store.Nodes,
            Registry = _store.Registry,
            Audit = _store.Audit,
            Usage = _store.Usage,
            BlobDirectory = Path.Combine(directory, "blobs"),
        };
    }

    /// <inheritdoc/>
    public void Announce(string url, NodeEpoch node) => _store?.DescribeServer(url, Environment.ProcessId, node.Epoch);

    /// <inheritdoc/>
    public ValueTask CloseAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;
}
