namespace Meanwhile.Postgres.Store.Registry;

/// <summary>Tells this node's watchers at once of what this node changed, and of what it hears that others did. Safe for concurrent use.</summary>
internal sealed class RegistrySignal
{
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Completes when the registry changes after this moment.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Wakes those who watch.</summary>
    public void Tell() => Interlocked.Exchange(ref _changed, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
