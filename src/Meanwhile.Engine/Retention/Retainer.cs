using Meanwhile.Events;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Retention;

/// <summary>Lets go of what is over its time, in small batches.</summary>
internal sealed class Retainer(IJobStore store, Collector collector, JobChanges changes, EngineOptions options)
{
    private const int BatchMax = 1_000;
    private const int RoundsMax = 1_000;

    /// <summary>Expires jobs, forgets slim rows, drops events, then collects blobs.</summary>
    public async ValueTask RetainAsync(CancellationToken cancellationToken)
    {
        var request = new RetentionRequest(options.HistoryAge, options.EventAge, BatchMax);
        for (var round = 0; round < RoundsMax; round++)
        {
            var went = await store.RetainAsync(request, cancellationToken);
            if (went.Expired < BatchMax && went.Forgotten < BatchMax && went.EventsDropped < BatchMax) break;
        }

        await collector.CollectAsync(cancellationToken);
    }

    /// <summary>Ends jobs that have waited beyond their start deadline.</summary>
    public async ValueTask MissStartsAsync(CancellationToken cancellationToken)
    {
        for (var round = 0; round < RoundsMax; round++)
        {
            var missed = await store.MissStartsAsync(BatchMax, cancellationToken);
            foreach (var job in missed) changes.Tell(job);
            if (missed.Count < BatchMax) break;
        }
    }
}
