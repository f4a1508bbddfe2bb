using Meanwhile.Blobs;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Retention;

/// <summary>Deletes blobs that nothing needs: of dead attempts, of failed ones, of expired jobs. Nobody else deletes result data.</summary>
/// <remarks>Lists first, then asks the store, then deletes: what began to be written after the listing is not looked at, and what the store names stays.</remarks>
internal sealed partial class Collector(IBlobStore blobs, IJobReader reader, ILogger<Collector> logger)
{
    private const int BatchMax = 1_000;

    /// <summary>Goes over all blobs once.</summary>
    public async ValueTask CollectAsync(CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var root in new[] { BlobKeys.ResultsPrefix, BlobKeys.LogsPrefix })
        {
            await foreach (var day in blobs.ListAsync(root, cancellationToken))
                deleted += await CollectDayAsync(root + day, cancellationToken);
        }

        if (deleted > 0) LogCollected(logger, deleted);
    }

    private async ValueTask<int> CollectDayAsync(string prefix, CancellationToken cancellationToken)
    {
        var deleted = 0;
        Dictionary<AttemptBlobs, List<string>> batch = [];
        await foreach (var job in blobs.ListAsync(prefix, cancellationToken))
        {
            await foreach (var name in blobs.ListAsync(prefix + job, cancellationToken))
            {
                if (BlobKeys.TryParse(prefix + job + name, out var written)) (batch.TryGetValue(written, out var keys) ? keys : batch[written] = []).Add(prefix + job + name);
            }

            if (batch.Count < BatchMax / 2) continue;
            deleted += await DeleteUnneededAsync(batch, cancellationToken);
            batch.Clear();
        }

        return deleted + await DeleteUnneededAsync(batch, cancellationToken);
    }

    private async ValueTask<int> DeleteUnneededAsync(Dictionary<AttemptBlobs, List<string>> batch, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var chunk in batch.Keys.Chunk(BatchMax))
        {
            foreach (var unneeded in await reader.UnneededAsync(chunk, cancellationToken))
            {
                foreach (var key in batch[unneeded]) await blobs.DeleteAsync(key, cancellationToken);
                deleted += batch[unneeded].Count;
            }
        }

        return deleted;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Deleted {Count} blobs that nothing needs")]
    private static partial void LogCollected(ILogger logger, int count);
}
