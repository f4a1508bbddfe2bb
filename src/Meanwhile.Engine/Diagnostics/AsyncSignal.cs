namespace Meanwhile.Diagnostics;

/// <summary>A signal that remembers one firing: a loop that was busy when it fired wakes at once when it next waits.</summary>
internal sealed class AsyncSignal
{
    private readonly Lock _gate = new();
    private Waiting? _waiting;
    private bool _fired;

    private sealed class Waiting() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Waiters { get; set; }
    }

    /// <summary>Wakes those who wait, or the next one to wait.</summary>
    public void Fire()
    {
        Waiting? waiting;
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
        Waiting waiting;
        lock (_gate)
        {
            if (_fired)
            {
                _fired = false;
                return true;
            }

            waiting = _waiting ??= new Waiting();
            waiting.Waiters++;
        }

        try
        {
            await waiting.Task.WaitAsync(atMost, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return waiting.Task.IsCompleted; // it may have fired as the time ran out
        }
        finally
        {
            Leave(waiting);
        }
    }

    /// <summary>Once nobody waits any more, what fires must be remembered for the next who does.</summary>
    private void Leave(Waiting waiting)
    {
        lock (_gate)
        {
            waiting.Waiters--;
            if (waiting.Waiters == 0 && _waiting == waiting) _waiting = null;
        }
    }
}
