using System.Diagnostics.CodeAnalysis;

namespace Meanwhile.Sqlite.Source;

/// <summary>Carries a request to stop into a statement: as a token, and as interrupts of its connection, repeated until the thread reports.</summary>
/// <remarks>Safe for concurrent use. One interrupt is not enough: SQLite forgets it when it comes between two statements.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "Whoever cancels may come after the end, and must find the token alive; it holds no timer.")]
internal sealed class StopSignal(TimeProvider time, TimeSpan interruptEvery)
{
    private readonly CancellationTokenSource _source = new();
    private readonly Lock _gate = new(); // an interrupt must not meet a closed connection
    private SourceDatabase? _database;
    private ITimer? _timer;

    /// <summary>Whether to stop was asked for.</summary>
    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>Cancelled once to stop was asked for.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Asks to stop.</summary>
    /// <returns>Whether a connection was interrupted.</returns>
    public bool Request()
    {
        _source.Cancel();
        lock (_gate)
        {
            if (_database is null) return false;

            BeginInterrupts(_database);
            return true;
        }
    }

    /// <summary>From here on, interrupts go to this connection.</summary>
    public void Attach(SourceDatabase database)
    {
        lock (_gate)
        {
            _database = database;
            if (IsRequested) BeginInterrupts(database);
        }
    }

    /// <summary>Once this returns, the connection is interrupted no more.</summary>
    public void Detach()
    {
        lock (_gate)
        {
            _database = null;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void BeginInterrupts(SourceDatabase database)
    {
        database.Interrupt();
        _timer ??= time.CreateTimer(_ => Repeat(), null, interruptEvery, interruptEvery);
    }

    private void Repeat()
    {
        lock (_gate) _database?.Interrupt();
    }
}
