using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Registry;

/// <summary>Keeps every document of the registry in memory, follows its changes, and writes through.</summary>
/// <remarks>
/// What this node writes it sees at once; what another writes, as soon as the watch tells. A registry is small by its nature (projects, keys, sources, limits, quotas),
/// each document at most 256 KiB. Safe for concurrent use.
/// </remarks>
internal sealed partial class RegistryCache(IRegistry registry, TimeProvider time, ILogger<RegistryCache> logger)
{
    private static readonly TimeSpan WatchAgainAfter = TimeSpan.FromSeconds(1);
    private const int PageSize = 1_000;
    private readonly ConcurrentDictionary<DocumentKey, Document> _documents = new();
    private long _changes;

    /// <summary>Grows with every change that was seen, so that whoever derives from the documents knows when to do so anew.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>Loads everything.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in DocumentKinds.All)
        {
            DocumentKey? after = null;
            while (true)
            {
                var page = await registry.ListAsync(kind, null, after, PageSize, cancellationToken);
                foreach (var document in page) Apply(document.Key, document);
                if (page.Count < PageSize) break;
                after = page[^1].Key;
            }
        }
    }

    /// <summary>Follows changes until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        var seen = 0L;
        try
        {
            while (true)
            {
                seen = await FollowAsync(seen, cancellationToken);
                await Task.Delay(WatchAgainAfter, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    /// <summary>Follows changes until the watch breaks off.</summary>
    /// <returns>The last change seen.</returns>
    private async ValueTask<long> FollowAsync(long seen, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in registry.WatchAsync(seen, cancellationToken))
            {
                Apply(change.Key, change.Document);
                seen = change.Number;
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogWatch(logger, exception.Message);
        }

        return seen;
    }

    /// <summary>A document; null when there is none.</summary>
    public Document? Get(string kind, string project, string name) => _documents.GetValueOrDefault(new DocumentKey(kind, project, name));

    /// <summary>The documents of a kind, in no order.</summary>
    public IEnumerable<Document> All(string kind) => _documents.Values.Where(document => document.Key.Kind == kind);

    /// <summary>Writes a document if its version is the expected one; see <see cref="IRegistry.PutAsync"/>.</summary>
    public async ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion, CancellationToken cancellationToken)
    {
        var written = await registry.PutAsync(key, json, expectedVersion, cancellationToken);
        if (written is not null) Apply(key, written);
        return written;
    }

    /// <summary>Reads a document anew, for whoever found that what is remembered here is not the newest.</summary>
    public async ValueTask RefreshAsync(DocumentKey key, CancellationToken cancellationToken) => Apply(key, await registry.GetAsync(key, cancellationToken));

    /// <summary>Deletes a document; false when it is not there.</summary>
    public async ValueTask<bool> DeleteAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        var deleted = await registry.DeleteAsync(key, null, cancellationToken);
        if (deleted) Apply(key, null);
        return deleted;
    }

    private void Apply(DocumentKey key, Document? document)
    {
        if (document is null) _documents.TryRemove(key, out _);
        else _documents.AddOrUpdate(key, document, (_, known) => known.Version > document.Version ? known : document);
        Interlocked.Increment(ref _changes);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watch of the registry was interrupted: {Reason}")]
    private static partial void LogWatch(ILogger logger, string reason);
}
