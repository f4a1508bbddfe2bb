using System.Collections.Concurrent;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Reading;

/// <summary>A few connections that read, each on the thread of the caller who has it. A further reader waits for one.</summary>
/// <remarks>What one call reads is one snapshot. Safe for concurrent use.</remarks>
internal sealed class ReaderPool(Func<Connection> open, int readersMax) : IDisposable
{
    private readonly ConcurrentBag<Session> _free = [];
    private readonly SemaphoreSlim _slots = new(readersMax, readersMax);
    private volatile bool _disposed;

    /// <summary>Reads.</summary>
    /// <exception cref="StoreUnavailableException">The file could not be read.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<Session, T> read, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        Session? session = null;
        try
        {
            if (_disposed) throw new StoreUnavailableException("The store is closed.");
            if (!_free.TryTake(out session)) session = new Session(open());
            session.Run("begin");
            var answer = read(session);
            session.Run("commit");
            GiveBack(session);
            return answer;
        }
        catch (Exception error)
        {
            session?.Dispose(); // whatever state it is in, the next reader opens another
            throw StoreErrors.Translate(error);
        }
        finally
        {
            _slots.Release();
        }
    }

    private void GiveBack(Session session)
    {
        if (_disposed) session.Dispose();
        else _free.Add(session);
    }

    /// <summary>Waits for those who are reading, and closes the connections.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        for (var i = 0; i < readersMax; i++) _slots.Wait();
        _disposed = true;
        while (_free.TryTake(out var session)) session.Dispose();
        _slots.Release(readersMax); // who comes now hears that the store is closed
    }
}
