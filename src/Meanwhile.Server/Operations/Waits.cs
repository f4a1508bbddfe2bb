namespace Meanwhile.Server.Operations;

/// <summary>Lets requests wait for something to happen: a bounded number of them, and none once the server stops.</summary>
internal sealed class Waits(int waitsMax, CancellationToken stopping)
{
    private int _waiting;

    /// <summary>Whether the server is stopping.</summary>
    public bool IsStopping => stopping.IsCancellationRequested;

    /// <summary>Waits, or says how things are when there is no waiting any more.</summary>
    public async Task<T> WaitAsync<T>(Func<CancellationToken, ValueTask<T>> wait, Func<CancellationToken, ValueTask<T>> look, CancellationToken aborted)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > waitsMax || IsStopping) return await look(aborted);

            using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
            return await wait(either.Token);
        }
        catch (OperationCanceledException) when (IsStopping && !aborted.IsCancellationRequested)
        {
            return await look(aborted);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
