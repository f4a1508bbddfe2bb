using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;

namespace Meanwhile.Dispatch;

/// <summary>Stores how attempts ended, many at a time, and does not give up while the store is away: an ending is never lost.</summary>
internal sealed class Finisher(IJobStore store, JobChanges changes, StorePatience patience) : IDisposable
{
    private const int BatchMax = 512;
    private const int WaitingMax = 10_000;

    private readonly Coalescer<AttemptEnd, JobWrite> _coalescer = new(
        (ends, stop) => patience.AskAsync("storing endings", again => store.FinishAsync(ends, again), stop), BatchMax, WaitingMax, writersMax: 1);

    /// <summary>Returns once the ending is durable, so that the slot is free.</summary>
    public async ValueTask<JobWrite> FinishAsync(AttemptEnd end)
    {
        var written = await _coalescer.AddAsync(end, CancellationToken.None);
        if (written.Job is { } job) changes.Tell(job);
        return written;
    }

    /// <inheritdoc/>
    public void Dispose() => _coalescer.Dispose();
}
