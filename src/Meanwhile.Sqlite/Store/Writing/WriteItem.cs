namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>One call that waits to be committed.</summary>
internal abstract class WriteItem
{
    /// <summary>Does the work in the group's transaction; once more, by itself, when the group failed.</summary>
    public abstract void Run(WriteSession session);

    /// <summary>The transaction is on stable storage: answers the caller.</summary>
    public abstract void Complete();

    /// <summary>Tells the caller that nothing was written.</summary>
    public abstract void Fail(Exception error);
}

/// <inheritdoc/>
internal sealed class WriteItem<T>(Func<WriteSession, T> work) : WriteItem
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _answer;

    /// <summary>The answer, once it is durable.</summary>
    public Task<T> Done => _done.Task;

    /// <inheritdoc/>
    public override void Run(WriteSession session) => _answer = work(session);

    /// <inheritdoc/>
    public override void Complete() => _done.SetResult(_answer!);

    /// <inheritdoc/>
    public override void Fail(Exception error) => _done.SetException(error);
}
