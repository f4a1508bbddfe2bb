namespace Meanwhile.Offloading;

/// <summary>Runs work that would hold its caller's thread for milliseconds: compressing, a sync of the disk.</summary>
/// <remarks>The one place through which the engine leaves the thread that drives it, so that a simulation can stay on one. Safe for concurrent use.</remarks>
public interface IWorkOffload
{
    /// <summary>Runs the work once; what it throws comes out of the returned task.</summary>
    ValueTask RunAsync(Action work);
}

/// <summary>Runs work in place, on the caller's thread.</summary>
public sealed class InlineOffload : IWorkOffload
{
    /// <inheritdoc/>
    public ValueTask RunAsync(Action work)
    {
        work();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Runs work on the thread pool; its callers bound how much of it there is at once.</summary>
public sealed class PoolOffload : IWorkOffload
{
    /// <inheritdoc/>
#pragma warning disable RS0030 // leaving the caller's thread is what this type is for; a simulation puts InlineOffload in its place
    public ValueTask RunAsync(Action work) => new(Task.Run(work));
#pragma warning restore RS0030
}
