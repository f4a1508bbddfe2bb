using System.Threading.Channels;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>The one place that writes: takes what callers want written, and commits it in whole groups on a thread of its own.</summary>
/// <remarks>
/// While a group is being committed the next one gathers, so one flush to disk serves many callers. When an item of a group fails, the
/// group is rolled back and each item runs by itself, so it fails alone. Inline, there is no thread: each call commits before it returns.
/// Safe for concurrent use.
/// </remarks>
internal sealed class StoreWriter : IAsyncDisposable
{
    /// <summary>How many calls may wait; a further one waits to be let in.</summary>
    private const int WaitingMax = 4_096;

    /// <summary>How many calls one commit takes.</summary>
    private const int GroupMax = 1_024;

    private readonly WriteSession _session;
    private readonly Channel<WriteItem>? _waiting;
    private readonly Lock _inline = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _disposed;

    /// <param name="session">The writer's own from now on.</param>
    /// <param name="inline">Whether calls commit on the caller's thread.</param>
    public StoreWriter(WriteSession session, bool inline)
    {
        _session = session;
        if (inline) return;
        _waiting = Channel.CreateBounded<WriteItem>(new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        new Thread(CommitGroups) { IsBackground = true, Name = "store writer" }.Start();
    }

    /// <summary>Runs work in a transaction and returns once it is on stable storage.</summary>
    /// <param name="work">May run twice: it changes nothing but the session.</param>
    /// <exception cref="StoreUnavailableException">The file could not be written.</exception>
    public async ValueTask<T> WriteAsync<T>(Func<WriteSession, T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var item = new WriteItem<T>(work);
        if (_waiting is null) CommitInline(item);
        else if (!_waiting.Writer.TryWrite(item)) await LetInAsync(_waiting.Writer, item, cancellationToken);
        return await item.Done;
    }

    private static async ValueTask LetInAsync(ChannelWriter<WriteItem> waiting, WriteItem item, CancellationToken cancellationToken)
    {
        try
        {
            await waiting.WriteAsync(item, cancellationToken);
        }
        catch (ChannelClosedException error)
        {
            throw new StoreUnavailableException("The store is closed.", error);
        }
    }

    private void CommitInline(WriteItem item)
    {
        lock (_inline)
        {
            if (_disposed) throw new StoreUnavailableException("The store is closed.");
            Commit([item]);
        }
    }

    private void CommitGroups()
    {
        var group = new List<WriteItem>(GroupMax);
        while (_waiting!.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) // the thread is ours to block
        {
            while (group.Count < GroupMax && _waiting.Reader.TryRead(out var item)) group.Add(item);
            Commit(group);
            group.Clear();
        }

        _session.Dispose();
        _ended.SetResult();
    }

    private void Commit(List<WriteItem> group)
    {
        if (TryCommit(group) is { } error)
        {
            if (group.Count == 1) group[0].Fail(StoreErrors.Translate(error));
            else foreach (var item in group) Commit([item]);
            return;
        }

        foreach (var item in group) item.Complete();
    }

    private Exception? TryCommit(List<WriteItem> group)
    {
        try
        {
            _session.Begin();
            foreach (var item in group) item.Run(_session);
            _session.Commit();
            return null;
        }
        catch (Exception error) // whatever it is, its own caller gets it
        {
            _session.RollBack();
            return error;
        }
    }

    /// <summary>Commits what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_waiting is not null)
        {
            _waiting.Writer.TryComplete();
            await _ended.Task;
            return;
        }

        lock (_inline)
        {
            if (_disposed) return;
            _disposed = true;
            _session.Dispose();
        }
    }
}
