namespace Meanwhile.Sqlite.Source;

/// <summary>Waits for a task on a statement's own thread, which is there to be blocked.</summary>
internal static class Blocking
{
    /// <summary>Waits until the task has ended, and throws what it threw.</summary>
    public static void Wait(ValueTask task)
    {
        if (task.IsCompletedSuccessfully) task.GetAwaiter().GetResult();
        else task.AsTask().GetAwaiter().GetResult();
    }
}
