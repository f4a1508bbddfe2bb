namespace Meanwhile.Diagnostics;

/// <summary>Tells long waits that the engine stops, so that they answer at once.</summary>
internal sealed class EngineStop : IDisposable
{
    private readonly CancellationTokenSource _stopping;

    public EngineStop()
    {
        _stopping = new CancellationTokenSource();
        Token = _stopping.Token;
    }

    /// <summary>Cancelled when the engine begins to stop; can be asked also after it has stopped.</summary>
    public CancellationToken Token { get; }

    /// <summary>The engine stops.</summary>
    public void Begin() => _stopping.Cancel();

    /// <summary>Returns when a task completes, the time is over, or the engine stops.</summary>
    public async ValueTask AnyAsync(Task task, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Token);
        try
        {
            await task.WaitAsync(atMost, time, either.Token);
        }
        catch (TimeoutException)
        {
            // the time is over
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}
