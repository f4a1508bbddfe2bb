using System.Security.Cryptography;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Stores;

namespace Meanwhile.Hosting;

/// <summary>Opens the PostgreSQL store when the engine starts.</summary>
internal sealed class PostgresStoreOpener(string connectionString, PostgresStoreOptions options, TimeProvider time) : IStoreOpener
{
    private PostgresStore? _store;

    /// <inheritdoc/>
    public async ValueTask<StorePorts> OpenAsync(CancellationToken cancellationToken)
    {
        _store = await PostgresStore.OpenAsync(connectionString, time, RandomNumberGenerator.Fill, options, cancellationToken);
        if (options.UsesResults) await new ResultsPlace(_store.Registry, _store.Blobs).CheckAsync(options.ResultsDirectory, RandomNumberGenerator.Fill, cancellationToken);
        return new StorePorts
        {
            Jobs = _store.Jobs,
            Reader = _store.Reader,
            Events = _store.Events,
            Nodes = _store.Nodes,
            Registry = _store.Registry,
            Audit = _store.Audit,
            Usage = _store.Usage,
            Enqueued = _store.Enqueued,
            Time = _store.Time,
            HistoryEnded = _store.HistoryEnded,
            Blobs = options.ResultsDirectory is null ? _store.Blobs : null,
            BlobDirectory = options.ResultsDirectory,
        };
    }

    /// <inheritdoc/>
    public ValueTask CloseAsync() => Interlocked.Exchange(ref _store, null)?.DisposeAsync() ?? ValueTask.CompletedTask;
}
