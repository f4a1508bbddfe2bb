using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source;

/// <summary>An SQLite database as a source: each statement has a thread and a connection of its own while it runs.</summary>
internal sealed class SqliteSource : IHostedSource
{
    private readonly Connector _connector;
    private readonly StatementThreads _threads;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interruptEvery;
    private volatile bool _disposed;

    /// <summary>Makes the source; opens nothing.</summary>
    /// <param name="name">Its name, which its threads bear.</param>
    public SqliteSource(string name, Connector connector, int concurrency, SqliteSourceOptions server, TimeProvider time)
    {
        _connector = connector;
        _threads = new StatementThreads($"sqlite {name}", concurrency, server.WaitingMax);
        _time = time;
        _interruptEvery = server.InterruptEvery;
    }

    /// <inheritdoc/>
    public SourceCapabilities Capabilities => All;

    /// <summary>What every SQLite source can do.</summary>
    internal static SourceCapabilities All { get; } = new() { DryRun = true, Scripts = true, NamedParameters = true, PositionalParameters = true };

    /// <summary>Threads that there are now; none while nothing runs.</summary>
    internal int ThreadCount => _threads.Count;

    /// <inheritdoc/>
    public IHostedStatement Start(StatementRequest request, IResultWriter writer, IStatementObserver observer, CancellationToken cancellationToken)
    {
        var stop = new StopSignal(_time, _interruptEvery);
        var statement = new SqliteStatement(stop);
        statement.CancelWith(cancellationToken);
        if (statement.Completion.IsCompleted) return statement;

        var run = new ScriptRun(_connector, request, writer, observer, stop);
        if (Unusable(() => statement.Run(run)) is { } error) statement.Refuse(error);
        return statement;
    }

    /// <inheritdoc/>
    public async ValueTask<(StatementCheck? Check, JobError? Error)> CheckAsync(StatementRequest request, CancellationToken cancellationToken)
    {
        StatementCheck? found = null;
        var error = await OnThreadAsync(stop => found = new ScriptCheck(_connector, request, stop).Run(), cancellationToken);
        return error is null ? (found, null) : (null, error);
    }

    /// <inheritdoc/>
    /// <remarks>A statement runs inside the process of its owner, and the owner of a data directory is one process: it went with it.</remarks>
    public ValueTask<StatementFate> EndAsync(IReadOnlyList<string> tags, string? commitMark, CancellationToken cancellationToken) =>
        new(new StatementFate(Gone: true, "The statement went with the process that ran it.", CommitFate.Unknown));

    /// <inheritdoc/>
    public async ValueTask<JobError?> ProbeAsync(CancellationToken cancellationToken) => await OnThreadAsync(
        stop =>
        {
            using var database = _connector.Open(_connector.Guard(stop.Token));
            using var statement = database.Prepare(SqlText.Encode("select count(*) from (select 1 from sqlite_schema limit 1)", int.MaxValue - 1), 0, out _);
            if (statement!.Step() is var code and not ResultCode.Row) throw database.Failure(code);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true; // there are no idle connections, and threads end with their statements
        return ValueTask.CompletedTask;
    }

    private async Task<JobError?> OnThreadAsync(Action<StopSignal> work, CancellationToken cancellationToken)
    {
        var stop = new StopSignal(_time, _interruptEvery);
        var ended = new TaskCompletionSource<JobError?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.UnsafeRegister(static state => ((StopSignal)state!).Request(), stop);
        var refused = Unusable(() =>
        {
            try
            {
                stop.Token.ThrowIfCancellationRequested();
                work(stop);
                ended.SetResult(null);
            }
            catch (SourceException e)
            {
                ended.SetResult(e.Error);
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        });
        var error = refused ?? await ended.Task;
        cancellationToken.ThrowIfCancellationRequested();
        return error;
    }

    /// <summary>Gives work to a thread.</summary>
    /// <returns>Why that can't be; null when it can.</returns>
    private JobError? Unusable(Action work)
    {
        if (_disposed) return JobError.Of(ErrorKind.Transient, "The source was closed.", "source_closed");
        return _threads.TryRun(work) ? null : JobError.Of(ErrorKind.Throttled, "Too many statements wait for a thread of the source.", "source_busy");
    }
}
