using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Stores;

namespace Meanwhile.Workers;

/// <summary>Keeps the logs of workers' attempts open while they grow, a bounded number of them.</summary>
/// <remarks>One that was closed, or that another server began, goes on as the next part of the same log. Safe for concurrent use.</remarks>
internal sealed class WorkerLogs(IBlobStore blobs) : IAsyncDisposable
{
    private const int OpenMax = 1_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<AttemptFence, Open> _open = [];
    private long _uses;

    private sealed record Open(Task<Begun> Log)
    {
        public long UsedAt { get; set; }
    }

    /// <summary>A part of a log, and how many bytes lie in the parts before it.</summary>
    private sealed record Begun(AttemptLog Log, long Before);

    /// <summary>Adds lines, durably.</summary>
    /// <returns>How many bytes the whole log has.</returns>
    public async ValueTask<long> AppendAsync(AttemptFence attempt, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        var begun = await OpenAsync(attempt);
        foreach (var line in lines) begun.Log.Append(line);
        try
        {
            await begun.Log.FlushAsync(cancellationToken);
        }
        catch (IOException exception) when (exception is not BlobStoreFullException)
        {
            await CloseAsync(attempt); // another server has begun this very part, or the disk failed: the next lines begin another
            throw;
        }

        return begun.Before + begun.Log.Length;
    }

    /// <summary>Nothing more is written for an attempt.</summary>
    public async ValueTask CloseAsync(AttemptFence attempt)
    {
        Open? open;
        lock (_gate)
        {
            if (!_open.Remove(attempt, out open)) return;
        }

        await DisposeAsync(open);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Open> all;
        lock (_gate)
        {
            all = [.. _open.Values];
            _open.Clear();
        }

        foreach (var open in all) await DisposeAsync(open);
    }

    private static async ValueTask DisposeAsync(Open open)
    {
        if (open.Log.IsCompletedSuccessfully) await (await open.Log).Log.DisposeAsync();
    }

    private async ValueTask<Begun> OpenAsync(AttemptFence attempt)
    {
        Open open;
        Open? oldest = null;
        lock (_gate)
        {
            if (!_open.TryGetValue(attempt, out open!) || open.Log.IsFaulted)
            {
                if (_open.Count >= OpenMax) oldest = TakeOldest();
                open = _open[attempt] = new Open(BeginAsync(attempt));
            }

            open.UsedAt = ++_uses;
        }

        if (oldest is not null) await DisposeAsync(oldest);
        return await open.Log;
    }

    private Open TakeOldest()
    {
        var oldest = _open.MinBy(pair => pair.Value.UsedAt);
        _open.Remove(oldest.Key);
        return oldest.Value;
    }

    private async Task<Begun> BeginAsync(AttemptFence attempt)
    {
        var parts = await AttemptParts.ListAsync(blobs, AttemptBlobKind.Log, attempt.Job, attempt.Attempt, CancellationToken.None);
        var (next, before) = (0, 0L);
        foreach (var part in parts.Where(part => part.Fence == attempt.Fence))
        {
            next = part.Ordinal + 1;
            before += await blobs.LengthAsync(part.Key, CancellationToken.None) ?? 0;
        }

        return new Begun(new AttemptLog(blobs, attempt, (int)Math.Max(0, AttemptLog.LogBytesMax - before), next), before);
    }
}
