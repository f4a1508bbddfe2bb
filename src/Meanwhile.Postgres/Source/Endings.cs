using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Transactions;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source;

/// <summary>Names the ending of a text that did not run to its end. Pure.</summary>
internal static class Endings
{
    private const string Earlier = "The statements before it are committed, each by itself.";

    /// <summary>The ending.</summary>
    /// <param name="stopped">Whether to stop was asked for.</param>
    /// <param name="gone">Whether it was seen that nothing of it runs any more.</param>
    public static StatementOutcome Of(Exception e, RunContext run, bool stopped, bool gone)
    {
        var mayHaveCommitted = run.MayHaveCommitted;
        var isTheStop = e is OperationCanceledException || (stopped && e is LostException or SourceException { Error.Code: "canceled_at_source" or "terminated_at_source" });
        if (isTheStop && !gone) return new StatementOutcome.Failed(NotSeenGone(run));
        if (isTheStop) return new StatementOutcome.Interrupted { WithoutEffect = !mayHaveCommitted };

        return new StatementOutcome.Failed(e switch
        {
            SourceException told => InScript(told.Error, run),
            LostException lost when mayHaveCommitted => InDoubt(PostgresErrors.ConnectionLost(lost.InnerException!)),
            LostException lost when run.EffectsBegun && !gone => InDoubt(PostgresErrors.ConnectionLost(lost.InnerException!)),
            LostException lost => InScript(PostgresErrors.ConnectionLost(lost.InnerException!), run),
            WriterException writer => ScriptRun.Internal(writer.Thrown),
            _ => ScriptRun.Internal(e),
        });
    }

    /// <summary>Says which statement of a script it was, and what became of those before it.</summary>
    private static JobError InScript(JobError error, RunContext run)
    {
        if (run.Plan.Script.Statements.Count > 1 && run.Current > 0) error = error with { Message = $"Statement {run.Current} of the script: {error.Message}" };
        if (run.MayHaveCommitted) error = error with { Retryable = false }; // what is committed would be done twice
        return run.MayHaveCommitted && run.Current > 1 ? error with { Hint = error.Hint is { } hint ? $"{hint} {Earlier}" : Earlier } : error;
    }

    private static JobError InDoubt(JobError error) => JobError.Of(
        ErrorKind.UnknownOutcome, $"{error.Message} Whether what the statement writes was committed can't be found out.", "lost_in_effect", "Look at the data before you run it again.");

    private static JobError NotSeenGone(RunContext run) => JobError.Of(
        ErrorKind.UnknownOutcome, $"The statement was told to end, but its backend (process {run.Session.Backend.Pid}) could not be seen gone.", "not_seen_gone", "Look at pg_stat_activity of the server.");
}
