using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>The writer failed: whatever it threw is not the connection's fault.</summary>
internal sealed class WriterException(Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>What it threw.</summary>
    public Exception Thrown { get; } = inner;
}

/// <summary>Ends rows, waits for the disk where the writer asks for it, and tells progress.</summary>
internal sealed class RowPump(IResultWriter writer, IStatementObserver observer, TimeProvider time, CancellationToken stop)
{
    private static readonly TimeSpan NewsEvery = TimeSpan.FromMilliseconds(250);
    private long _rows;
    private long _nextNewsAt;

    /// <summary>Ends a row.</summary>
    /// <returns>Whether there may be another.</returns>
    /// <exception cref="OperationCanceledException">To stop was asked for.</exception>
    public ValueTask<bool> EndRowAsync()
    {
        var answer = writer.EndRow();
        if (answer == RowAnswer.LimitReached) return new ValueTask<bool>(false);

        _rows++;
        Tell();
        stop.ThrowIfCancellationRequested();
        return answer == RowAnswer.Flush ? FlushAsync() : new ValueTask<bool>(true);
    }

    private async ValueTask<bool> FlushAsync()
    {
        try
        {
            await writer.FlushAsync(stop);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new WriterException(e);
        }
    }

    private void Tell()
    {
        var now = time.GetTimestamp();
        if (now < _nextNewsAt) return;

        _nextNewsAt = now + (long)(NewsEvery.TotalSeconds * time.TimestampFrequency);
        observer.Progress(_rows, null);
    }
}
