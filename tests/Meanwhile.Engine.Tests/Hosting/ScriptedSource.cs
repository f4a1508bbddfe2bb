using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Hosting;

/// <summary>
/// A source whose statements do what their text says: <c>rows N</c>, <c>fail KIND</c>, <c>wait</c> (until cancelled or released), <c>deaf</c> (ignores cancel until released),
/// <c>rude</c> (fails to be cancelled, then as deaf), <c>write</c> (begins effects, then waits), <c>spool N</c> (rows, then waits), <c>writefail KIND</c> (begins effects, then fails).
/// </summary>
internal sealed class ScriptedSource : ISourceFactory
{
    public const string TypeName = "scripted";

    private readonly ConcurrentDictionary<Statement, byte> _running = new();
    private readonly ConcurrentDictionary<(string Sql, int Time), TaskCompletionSource> _begun = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _spooled = new();
    private readonly Dictionary<string, int> _times = [];
    private readonly Lock _gate = new();
    private int _runningCount;

    public string Type => TypeName;

    public SourceCapabilities Capabilities { get; set; } = new();

    /// <summary>Statements started so far, by their text.</summary>
    public ConcurrentQueue<string> Started { get; } = new();

    /// <summary>What was asked of it, oldest first.</summary>
    public ConcurrentQueue<StatementRequest> Requests { get; } = new();

    /// <summary>The sources that were made, oldest first.</summary>
    public ConcurrentQueue<Made> Sources { get; } = new();

    /// <summary>Called once each statement has begun and can be released, on the thread that starts it.</summary>
    public Action<string>? OnStart { get; set; }

    /// <summary>What a throttled failure asks for.</summary>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>What probing answers.</summary>
    public Func<CancellationToken, ValueTask<JobError?>> OnProbe { get; set; } = _ => new((JobError?)null);

    /// <summary>How many run now.</summary>
    public int RunningCount => _runningCount;

    /// <summary>The most that ran at once.</summary>
    public int RunningMax { get; private set; }

    /// <summary>Lets every waiting statement end as completed.</summary>
    public void ReleaseAll()
    {
        foreach (var statement in _running.Keys) statement.Release();
    }

    /// <summary>Lets the waiting statements of this text end as completed.</summary>
    public void Release(string sql)
    {
        foreach (var statement in _running.Keys.Where(statement => statement.Sql == sql)) statement.Release();
    }

    public JobError? CheckStatement(string sql, JsonElement parameters) => sql switch
    {
        "bad parameter" => JobError.Of(ErrorKind.Syntax, "needs a parameter", "parameter_missing"),
        "bad text" => JobError.Of(ErrorKind.Syntax, "has bad text", "bad_text"),
        _ => null,
    };

    public IReadOnlyList<FieldError> Check(SourceDefinition definition) =>
        definition.Settings.TryGetProperty("bad", out _) ? [new FieldError("settings.bad", "is bad")] : [];

    /// <summary>What is found of a statement that another node began; gone by default.</summary>
    public Func<IReadOnlyList<string>, string?, ValueTask<StatementFate>> OnEnd { get; set; } = (_, _) => new(new StatementFate(Gone: true, "Nothing runs.", CommitFate.Unknown));

    public IHostedSource Create(SourceDefinition definition)
    {
        var made = new Made(this, definition);
        Sources.Enqueue(made);
        return made;
    }

    /// <summary>A source of one definition.</summary>
    internal sealed class Made(ScriptedSource owner, SourceDefinition definition) : IHostedSource
    {
        /// <summary>With references resolved.</summary>
        public SourceDefinition Definition { get; } = definition;

        public bool IsDisposed { get; private set; }

        public SourceCapabilities Capabilities => owner.Capabilities;

        public IHostedStatement Start(StatementRequest request, IResultWriter writer, IStatementObserver observer, CancellationToken cancellationToken)
        {
            owner.Requests.Enqueue(request);
            var statement = new Statement(request.Sql);
            owner.Begin(statement);
            owner.OnStart?.Invoke(request.Sql);
            statement.Completion = owner.RunAsync(request, writer, observer, statement);
            return statement;
        }

        public ValueTask<(StatementCheck? Check, JobError? Error)> CheckAsync(StatementRequest request, CancellationToken cancellationToken) => new(
            request.Sql == "wrong" ? (null, JobError.Of(ErrorKind.Syntax, "It is wrong.", hint: "Write another.") with { Position = 3 }) : (new StatementCheck(1, true, [], [], null), null));

        public ValueTask<StatementFate> EndAsync(IReadOnlyList<string> tags, string? commitMark, CancellationToken cancellationToken) => owner.OnEnd(tags, commitMark);

        public ValueTask<JobError?> ProbeAsync(CancellationToken cancellationToken) => owner.OnProbe(cancellationToken);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Returns once a statement of this text has begun so many times, which is a moment after its job runs: only then can it be released.</summary>
    public Task StartedAsync(string sql, int times = 1) => TestEngine.WithinAsync(BegunOf(sql, times).Task);

    /// <summary>Returns once a <c>spool</c> statement of this text has written its rows.</summary>
    public Task SpooledAsync(string sql) => TestEngine.WithinAsync(SpooledOf(sql).Task);

    private TaskCompletionSource BegunOf(string sql, int time) => _begun.GetOrAdd((sql, time), _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private TaskCompletionSource SpooledOf(string sql) => _spooled.GetOrAdd(sql, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Begin(Statement statement)
    {
        _running[statement] = 0;
        Started.Enqueue(statement.Sql);
        int times;
        lock (_gate)
        {
            RunningMax = Math.Max(RunningMax, ++_runningCount);
            times = _times[statement.Sql] = _times.GetValueOrDefault(statement.Sql) + 1;
        }

        BegunOf(statement.Sql, times).SetResult();
    }

    private async Task<StatementOutcome> RunAsync(StatementRequest request, IResultWriter writer, IStatementObserver observer, Statement statement)
    {
        await Task.Yield();
        try
        {
            var words = request.Sql.Split(' ');
            switch (words[0])
            {
                case "rows":
                    await RowsAsync(writer, int.Parse(words[1]));
                    return new StatementOutcome.Completed();
                case "spool":
                    await RowsAsync(writer, int.Parse(words[1]));
                    observer.Progress(long.Parse(words[1]), "spooled");
                    SpooledOf(request.Sql).TrySetResult();
                    return await statement.WaitAsync();
                case "fail":
                    return new StatementOutcome.Failed(Error(words[1]));
                case "write":
                    await observer.BeginEffectsAsync(commitIsMarked: false, default);
                    return await statement.WaitAsync();
                case "commit": // writes, marks its commit, and waits before it says that it is done
                    await observer.BeginEffectsAsync(commitIsMarked: true, default);
                    await RowsAsync(writer, int.Parse(words[1]));
                    await observer.BeginCommitAsync("mark", default);
                    return await statement.WaitAsync();
                case "writeback":
                    await observer.BeginEffectsAsync(commitIsMarked: false, default);
                    return await statement.WaitAsync() is StatementOutcome.Interrupted ? new StatementOutcome.Interrupted { WithoutEffect = true } : throw new InvalidOperationException("It was to be stopped.");
                case "writefail":
                    await observer.BeginEffectsAsync(commitIsMarked: false, default);
                    return new StatementOutcome.Failed(Error(words[1]));
                default:
                    return await statement.WaitAsync();
            }
        }
        catch (OperationCanceledException)
        {
            return new StatementOutcome.Interrupted();
        }
        catch (IOException broken)
        {
            return new StatementOutcome.Failed(JobError.Of(ErrorKind.ResourceLimit, broken.Message, "disk_full"));
        }
        finally
        {
            _running.TryRemove(statement, out _);
            lock (_gate) _runningCount--;
        }
    }

    private JobError Error(string kind) => JobError.Of(Enum.Parse<ErrorKind>(kind.Replace("_", "", StringComparison.Ordinal), ignoreCase: true), "as the script says") with
    {
        RetryAfter = kind == "throttled" ? RetryAfter : null,
    };

    private static async Task RowsAsync(IResultWriter writer, int count)
    {
        writer.BeginStatement([new ResultColumn { Name = "n", Type = "integer" }, new ResultColumn { Name = "text" }]);
        for (var i = 0; i < count; i++)
        {
            writer.Int64(i);
            writer.Text(Encoding.UTF8.GetBytes($"row {i} {new string('x', 100)}"));
            var answer = writer.EndRow();
            if (answer == RowAnswer.Flush) await writer.FlushAsync(default);
            if (answer == RowAnswer.LimitReached) break;
        }

        writer.EndStatement(null);
    }

    private sealed class Statement(string sql) : IHostedStatement
    {
        private readonly TaskCompletionSource<StatementOutcome> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Sql => sql;

        public Task<StatementOutcome> Completion { get; set; } = null!;

        public Task<StatementOutcome> WaitAsync() => _end.Task;

        public void Release() => _end.TrySetResult(new StatementOutcome.Completed());

        public ValueTask<string> CancelAsync(CancellationToken cancellationToken)
        {
            if (sql.StartsWith("rude", StringComparison.Ordinal)) throw new InvalidOperationException("not listening");
            if (!sql.StartsWith("deaf", StringComparison.Ordinal)) _end.TrySetResult(new StatementOutcome.Interrupted());
            return new("told");
        }
    }
}
