using Meanwhile.Jobs;
using Meanwhile.Sources;

namespace Meanwhile.Sqlite.Source;

/// <summary>A statement that waits for a thread, runs, or has ended.</summary>
internal sealed class SqliteStatement(StopSignal stop) : IHostedStatement
{
    private readonly TaskCompletionSource<StatementOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _begun;
    private CancellationTokenRegistration _registration;

    /// <inheritdoc/>
    public Task<StatementOutcome> Completion => _completion.Task;

    /// <summary>Cancels it with this token too.</summary>
    public void CancelWith(CancellationToken cancellationToken) => _registration = cancellationToken.UnsafeRegister(static state => ((SqliteStatement)state!).Cancel(), this);

    /// <inheritdoc/>
    public ValueTask<string> CancelAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Cancel());

    /// <summary>Runs it on the calling thread, unless it was cancelled before.</summary>
    public void Run(ScriptRun run)
    {
        lock (_gate)
        {
            if (Completion.IsCompleted) return;

            _begun = true;
        }

        End(run.Run());
    }

    /// <summary>Ends it without having run.</summary>
    public void Refuse(JobError error) => End(new StatementOutcome.Failed(error));

    private string Cancel()
    {
        lock (_gate)
        {
            if (Completion.IsCompleted) return "the statement's thread has ended";

            if (!_begun)
            {
                End(new StatementOutcome.Interrupted());
                return "the statement had not begun";
            }
        }

        return stop.Request() ? "sqlite3_interrupt sent" : "told the statement's thread, which holds no connection";
    }

    private void End(StatementOutcome outcome)
    {
        if (_completion.TrySetResult(outcome)) _registration.Unregister();
    }
}
