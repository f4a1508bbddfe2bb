namespace Meanwhile.Diagnostics;

/// <summary>A signal that remembers one firing: a loop that was busy when it fired wakes at once when it next waits.</summary>
internal sealed class AsyncSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiting;
    private bool _fired;

    /// <summary>Wakes the waiter, or the next one to wait.</summary>
    public void Fire()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            waiting = _waiting;
            _waiting = null;
            _fired = waiting is null;
        }

        waiting?.TrySetResult();
    }

    /// <summary>Returns when the signal fires, or the time is over.</summary>
    /// <returns>True when it fired.</returns>
    public async ValueTask<bool> WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (_fired)
            {
                _fired = false;
                return true;
            }

            waiting = _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            await waiting.Task.WaitAsync(atMost, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
