using System.Collections.Concurrent;
using Meanwhile.Sources;

namespace Meanwhile.Testing.Sources;

/// <summary>Records what a statement tells its owner.</summary>
public sealed class RecordingObserver : IStatementObserver
{
    private readonly TaskCompletionSource _effectsAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _message = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _lines = new();
    private int _effects;

    /// <summary>What happens before the first write; null = it may write at once.</summary>
    public Func<CancellationToken, ValueTask>? OnBeginEffects { get; init; }

    /// <summary>What happens before a commit, given its mark; null = it may commit at once.</summary>
    public Func<string, CancellationToken, ValueTask>? OnBeginCommit { get; init; }

    /// <summary>The mark of the commit that was announced; null while none was.</summary>
    public string? CommitMark { get; private set; }

    /// <summary>Whether the newest write said that its commit will be marked.</summary>
    public bool CommitIsMarked { get; private set; }

    /// <summary>The lines that were logged.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>How often a write was announced.</summary>
    public int Effects => Volatile.Read(ref _effects);

    /// <summary>Ends when the first write is announced.</summary>
    public Task EffectsAsked => _effectsAsked.Task;

    /// <summary>Ends with the first progress that says more than 0 rows.</summary>
    public Task<long> FirstProgress => _progress.Task;

    /// <summary>Ends with the first progress that has words.</summary>
    public Task<string> FirstMessage => _message.Task;

    /// <inheritdoc/>
    public async ValueTask BeginEffectsAsync(bool commitIsMarked, CancellationToken cancellationToken)
    {
        CommitIsMarked = commitIsMarked;
        Interlocked.Increment(ref _effects);
        _effectsAsked.TrySetResult();
        if (OnBeginEffects is not null) await OnBeginEffects(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask BeginCommitAsync(string commitMark, CancellationToken cancellationToken)
    {
        CommitMark = commitMark;
        if (OnBeginCommit is not null) await OnBeginCommit(commitMark, cancellationToken);
    }

    /// <inheritdoc/>
    public void Log(string line) => _lines.Enqueue(line);

    /// <inheritdoc/>
    public void Progress(long rows, string? message)
    {
        if (rows > 0) _progress.TrySetResult(rows);
        if (message is not null) _message.TrySetResult(message);
    }
}
