namespace Meanwhile.Events;

/// <summary>Wakes, within this process, whoever waits for something to happen to a key.</summary>
/// <remarks>Arm first, then read, then wait: what happens in between is not missed. Safe for concurrent use.</remarks>
internal sealed class KeyedSignals<TKey>
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Signal> _armed = [];

    private sealed class Signal
    {
        public TaskCompletionSource Fired { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiters { get; set; }
    }

    /// <summary>An armed wait; disposing disarms it.</summary>
    public readonly struct Armed(KeyedSignals<TKey> owner, TKey key, object signal) : IDisposable
    {
        /// <summary>Completes with the next thing that happens to the key.</summary>
        public Task Fired => ((Signal)signal).Fired.Task;

        /// <inheritdoc/>
        public void Dispose() => owner.Disarm(key, (Signal)signal);
    }

    /// <summary>Begins to listen.</summary>
    public Armed Arm(TKey key)
    {
        lock (_gate)
        {
            if (!_armed.TryGetValue(key, out var signal)) _armed[key] = signal = new Signal();
            signal.Waiters++;
            return new Armed(this, key, signal);
        }
    }

    /// <summary>Wakes whoever has armed the key; nobody is fine.</summary>
    public void Fire(TKey key)
    {
        Signal? signal;
        lock (_gate)
        {
            if (!_armed.Remove(key, out signal)) return;
        }

        signal.Fired.SetResult();
    }

    /// <summary>Wakes whoever has armed any key.</summary>
    public void FireAll()
    {
        Signal[] signals;
        lock (_gate)
        {
            signals = [.. _armed.Values];
            _armed.Clear();
        }

        foreach (var signal in signals) signal.Fired.SetResult();
    }

    private void Disarm(TKey key, Signal signal)
    {
        lock (_gate)
        {
            signal.Waiters--;
            if (signal.Waiters == 0 && _armed.TryGetValue(key, out var current) && current == signal) _armed.Remove(key);
        }
    }
}
