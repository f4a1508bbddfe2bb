using Meanwhile.Stores;

namespace Meanwhile.Jobs;

/// <summary>Lets concurrent callers share a write: whoever comes while others are under way goes into the next.</summary>
/// <remarks>
/// With two writers, the next write is put together and prepared while one waits for the disk; with one, writes are fewer and larger.
/// A write beside another begins once as many wait as are being written: a smaller one would cost the store nearly as much, and what waits goes at the latest when the other has ended.
/// A batch that fails for a reason of its own is halved until the item at fault fails alone; when the store does not answer, all of the batch fail.
/// At most <paramref name="waitingMax"/> items wait; further callers wait outside. Safe for concurrent use.
/// </remarks>
/// <param name="write">Answers in the order of the items.</param>
/// <param name="batchMax">At most so many items a write.</param>
/// <param name="writersMax">At most so many writes at once.</param>
internal sealed class Coalescer<TItem, TAnswer>(
    Func<IReadOnlyList<TItem>, CancellationToken, ValueTask<IReadOnlyList<TAnswer>>> write, int batchMax, int waitingMax, int writersMax) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _room = new(waitingMax);
    private readonly Queue<Waiting> _waiting = new();
    private int _writers;
    private int _beingWritten;

    private sealed class Waiting(TItem item) : TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item { get; } = item;
    }

    /// <summary>Adds an item and returns its answer.</summary>
    /// <param name="cancellationToken">Ends the caller's waiting; an item that was added is written all the same.</param>
    public async ValueTask<TAnswer> AddAsync(TItem item, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        var waiting = new Waiting(item);
        bool begin;
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            begin = _writers < writersMax && AreEnough();
            if (begin) _writers++;
        }

        if (begin) _ = WriteAllAsync(); // faults of a write go to those who wait for it
        return await waiting.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Writes until nothing waits.</summary>
    private async Task WriteAllAsync()
    {
        do
        {
            await Task.Yield(); // behind those who are about to add something, such as the callers that were just answered
        }
        while (await TryWriteAsync());
    }

    private async ValueTask<bool> TryWriteAsync()
    {
        var batch = Take();
        if (batch.Count == 0) return false;
        await WriteAsync(batch);
        lock (_gate) _beingWritten -= batch.Count;
        _room.Release(batch.Count);
        return true;
    }

    private bool AreEnough() => _waiting.Count >= _beingWritten;

    private List<Waiting> Take()
    {
        lock (_gate)
        {
            var count = AreEnough() ? Math.Min(batchMax, _waiting.Count) : 0;
            var batch = new List<Waiting>(count);
            while (batch.Count < count) batch.Add(_waiting.Dequeue());
            if (count == 0) _writers--;
            _beingWritten += count;
            return batch;
        }
    }

    private async ValueTask WriteAsync(List<Waiting> batch)
    {
        try
        {
            var answers = await write(batch.ConvertAll(waiting => waiting.Item), CancellationToken.None);
            for (var i = 0; i < batch.Count; i++) batch[i].SetResult(answers[i]);
        }
        catch (Exception exception) when (batch.Count == 1 || exception is StoreUnavailableException)
        {
            foreach (var waiting in batch) waiting.SetException(exception);
        }
        catch (Exception)
        {
            var half = batch.Count / 2; // one bad item must fail alone
            await WriteAsync(batch.GetRange(0, half));
            await WriteAsync(batch.GetRange(half, batch.Count - half));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}
