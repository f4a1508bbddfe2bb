using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Hosting;

/// <summary>A source whose statements do what their text says: <c>rows N</c>, <c>fail KIND</c>, <c>wait</c> (until cancelled or released), <c>deaf</c> (ignores cancel until released), <c>write</c> (begins effects, then waits).</summary>
internal sealed class ScriptedSource : ISourceFactory, IHostedSource
{
    public const string TypeName = "scripted";

    private readonly ConcurrentDictionary<string, Statement> _running = new();

    public string Type => TypeName;

    public SourceCapabilities Capabilities { get; } = new();

    /// <summary>Statements started so far, by their text.</summary>
    public ConcurrentQueue<string> Started { get; } = new();

    /// <summary>How many run now.</summary>
    public int RunningCount => _running.Count;

    /// <summary>The most that ran at once.</summary>
    public int RunningMax { get; private set; }

    /// <summary>Lets every waiting statement end as completed.</summary>
    public void ReleaseAll()
    {
        foreach (var statement in _running.Values) statement.Release();
    }

    public JobError? CheckStatement(string sql, JsonElement parameters) => null;

    public IReadOnlyList<FieldError> Check(SourceDefinition definition) => [];

    public IHostedSource Create(SourceDefinition definition) => this;

    public IHostedStatement Start(StatementRequest request, IResultWriter writer, IStatementObserver observer, CancellationToken cancellationToken)
    {
        Started.Enqueue(request.Sql);
        var statement = new Statement(request.Sql);
        _running[request.Tag] = statement;
        RunningMax = Math.Max(RunningMax, _running.Count);
        statement.Completion = RunAsync(request, writer, observer, statement);
        return statement;
    }

    public ValueTask<(StatementCheck? Check, JobError? Error)> CheckAsync(StatementRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<JobError?> ProbeAsync(CancellationToken cancellationToken) => new((JobError?)null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

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
                case "fail":
                    return new StatementOutcome.Failed(JobError.Of(Enum.Parse<ErrorKind>(words[1], ignoreCase: true), "as the script says") with { Retryable = words[1] is "transient" });
                case "write":
                    await observer.BeginEffectsAsync(default);
                    return await statement.WaitAsync();
                default:
                    return await statement.WaitAsync();
            }
        }
        catch (IOException broken)
        {
            return new StatementOutcome.Failed(JobError.Of(ErrorKind.ResourceLimit, broken.Message, "disk_full"));
        }
        finally
        {
            _running.TryRemove(request.Tag, out _);
        }
    }

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

        public Task<StatementOutcome> Completion { get; set; } = null!;

        public Task<StatementOutcome> WaitAsync() => _end.Task;

        public void Release() => _end.TrySetResult(new StatementOutcome.Completed());

        public ValueTask<string> CancelAsync(CancellationToken cancellationToken)
        {
            if (!sql.StartsWith("deaf", StringComparison.Ordinal)) _end.TrySetResult(new StatementOutcome.Interrupted());
            return new("told");
        }
    }
}
