namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>What the writer tells the readers of the same process. Safe for concurrent use.</summary>
internal sealed class StoreSignals
{
    private TaskCompletionSource _registryChanged = NewSignal();
    private long _eventsGiven;
    private long _eventsCommitted;

    /// <summary>The highest event number that was given out: no cursor can be above it.</summary>
    public long EventsGiven
    {
        get => Volatile.Read(ref _eventsGiven);
        set => Volatile.Write(ref _eventsGiven, value);
    }

    /// <summary>A number up to which every event is committed: a reader who begins later sees them all.</summary>
    public long EventsCommitted
    {
        get => Volatile.Read(ref _eventsCommitted);
        set => Volatile.Write(ref _eventsCommitted, value);
    }

    /// <summary>Completes when the registry changes after this moment.</summary>
    public Task RegistryChanged => Volatile.Read(ref _registryChanged).Task;

    /// <summary>Wakes those who watch the registry.</summary>
    public void TellRegistryChanged() => Interlocked.Exchange(ref _registryChanged, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
