using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.Sources;

/// <summary>A statement to run.</summary>
public sealed record StatementRequest
{
    /// <summary>The text: one statement, or a script where the source can.</summary>
    public required string Sql { get; init; }

    /// <summary>An object (by name), an array (by position), or undefined for none; values are JSON, or tagged as in results.</summary>
    public JsonElement Parameters { get; init; }

    /// <summary>Shown at the source as who runs this: <c>mw:short_id:attempt:job_id</c>, unique to the attempt, at most 63 characters of ASCII.</summary>
    public required string Tag { get; init; }

    /// <summary>The highest cost that the planner may expect, in the source's own unit; more is refused before it runs. Null = any; set only where the source has <see cref="SourceCapabilities.MaxCost"/>.</summary>
    public double? CostMax { get; init; }
}

/// <summary>What a source found out about a statement without running it.</summary>
/// <param name="StatementCount">How many statements the text has.</param>
/// <param name="ReadOnly">Whether none of them writes; null = the source can't tell.</param>
/// <param name="Columns">The columns of the last statement that has any.</param>
/// <param name="ParameterNames">The parameters that it takes: names, or <c>?1</c>, <c>?2</c>.</param>
/// <param name="Plan">What the planner expects, as JSON of the source's own shape; null where it does not say.</param>
public sealed record StatementCheck(
    int StatementCount, bool? ReadOnly, IReadOnlyList<ResultColumn> Columns, IReadOnlyList<string> ParameterNames, string? Plan);

/// <summary>How a statement ended. Closed: the cases are those nested here.</summary>
public abstract record StatementOutcome
{
    private StatementOutcome()
    {
    }

    /// <summary>All statements ran and every row was handed over.</summary>
    public sealed record Completed : StatementOutcome;

    /// <summary>It failed.</summary>
    public sealed record Failed(JobError Error) : StatementOutcome;

    /// <summary>It ended because it was told to, and nothing of it runs any more.</summary>
    public sealed record Interrupted : StatementOutcome
    {
        /// <summary>Whether it is known that nothing of it was written, so that it may run again. False by default: it may have had its effect.</summary>
        public bool WithoutEffect { get; init; }
    }
}

/// <summary>Whether what a statement wrote was committed.</summary>
public enum CommitFate
{
    /// <summary>Nobody can tell.</summary>
    Unknown,

    /// <summary>It was.</summary>
    Committed,

    /// <summary>It was not, and never will be.</summary>
    RolledBack,
}

/// <summary>What became of a statement whose owner is gone or does not answer.</summary>
/// <param name="Gone">Whether it is known that nothing of it runs any more.</param>
/// <param name="Answer">What the source answered, for the cancel evidence.</param>
/// <param name="Commit">What became of its transaction; unknown when no mark was given, or while it still runs.</param>
public sealed record StatementFate(bool Gone, string Answer, CommitFate Commit);

/// <summary>What a running statement asks of, and tells, its owner.</summary>
public interface IStatementObserver
{
    /// <summary>Awaited before the first statement that may write: returns once that intent is durable.</summary>
    /// <param name="commitIsMarked">Whether <see cref="BeginCommitAsync"/> will precede the commit of all that is written; false for what commits piece by piece.</param>
    /// <exception cref="OperationCanceledException">The attempt has another owner: nothing may be written.</exception>
    ValueTask BeginEffectsAsync(bool commitIsMarked, CancellationToken cancellationToken);

    /// <summary>Awaited right before the commit of what was written, once every row was handed over: returns when the result is whole and both it and the mark are durable.</summary>
    /// <remarks>A source that can't mark its transactions never calls it. Called at most once; only after effects began with a marked commit.</remarks>
    /// <param name="commitMark">Names the transaction at the source, so that <see cref="IHostedSource.EndAsync"/> can say later, from any node, whether it was committed: at most 200 characters.</param>
    /// <exception cref="OperationCanceledException">The attempt has another owner: nothing may be committed.</exception>
    ValueTask BeginCommitAsync(string commitMark, CancellationToken cancellationToken);

    /// <summary>Adds a line to the attempt's log, such as a notice or a warning of the source; cheap, never waits.</summary>
    void Log(string line);

    /// <summary>Told now and then how far it is; cheap, never waits.</summary>
    /// <param name="rows">Rows handed over so far, of all statements.</param>
    void Progress(long rows, string? message);
}

/// <summary>A statement that is running.</summary>
public interface IHostedStatement
{
    /// <summary>Ends when nothing of the statement runs any more; never faults for what the statement did.</summary>
    Task<StatementOutcome> Completion { get; }

    /// <summary>Tells the source to stop it. Repeating is safe.</summary>
    /// <returns>What the source answered, for the cancel evidence.</returns>
    ValueTask<string> CancelAsync(CancellationToken cancellationToken);
}

/// <summary>A data system that runs a statement while a worker holds the connection. Safe for concurrent use.</summary>
/// <remarks>Disposing ends idle connections; running statements are cancelled by their owners first.</remarks>
public interface IHostedSource : IAsyncDisposable
{
    /// <summary>What it can do.</summary>
    SourceCapabilities Capabilities { get; }

    /// <summary>Starts a statement; its rows go to the writer while they stream.</summary>
    /// <remarks>Returns at once; whatever goes wrong, also before the first row, is an outcome.</remarks>
    /// <param name="cancellationToken">Cancels the same as <see cref="IHostedStatement.CancelAsync"/>.</param>
    IHostedStatement Start(StatementRequest request, IResultWriter writer, IStatementObserver observer, CancellationToken cancellationToken);

    /// <summary>Checks a statement and its parameters without running it.</summary>
    /// <returns>Either what was found, or why it can't run.</returns>
    ValueTask<(StatementCheck? Check, JobError? Error)> CheckAsync(StatementRequest request, CancellationToken cancellationToken);

    /// <summary>Ends whatever still runs under any of these tags, whoever began it, and waits a moment to see it gone. Repeating is safe.</summary>
    /// <param name="tags">As in <see cref="StatementRequest.Tag"/>: of one job, at most 1,000.</param>
    /// <param name="commitMark">What its owner stored before the commit; null = nothing, so that nothing can be known of a commit.</param>
    /// <returns>What was found; a source that can't be reached answers not gone, and why.</returns>
    ValueTask<StatementFate> EndAsync(IReadOnlyList<string> tags, string? commitMark, CancellationToken cancellationToken);

    /// <summary>Says whether the source can be reached and used now.</summary>
    /// <returns>Null when it can; otherwise why not, and what to do.</returns>
    ValueTask<JobError?> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>Makes sources of one kind.</summary>
public interface ISourceFactory
{
    /// <summary>The kind's name, as in a definition: <c>sqlite</c>.</summary>
    string Type { get; }

    /// <summary>What every source of the kind can do.</summary>
    SourceCapabilities Capabilities { get; }

    /// <summary>Checks what can be seen of a statement and its parameters without touching the system: parameters missing, surplus, or of a type that can't be bound.</summary>
    /// <param name="parameters">An object, an array, or undefined for none.</param>
    /// <returns>Why it can't run; null when nothing is seen.</returns>
    JobError? CheckStatement(string sql, JsonElement parameters);

    /// <summary>Checks a definition's settings without touching the system.</summary>
    /// <returns>A problem a field, each by its path in the settings; empty when all is well.</returns>
    IReadOnlyList<FieldError> Check(SourceDefinition definition);

    /// <summary>Makes the source; nothing is opened before it is used.</summary>
    /// <param name="definition">One that <see cref="Check"/> accepted.</param>
    IHostedSource Create(SourceDefinition definition);
}
