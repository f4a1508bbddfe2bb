using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;
using Meanwhile.Sqlite.Source.Parameters;

namespace Meanwhile.Sqlite.Source;

/// <summary>Runs one script on a connection of its own, on the calling thread.</summary>
internal sealed class ScriptRun(Connector connector, StatementRequest request, IResultWriter writer, IStatementObserver observer, StopSignal stop)
{
    private readonly RowPump _pump = new(writer, stop.Token);
    private bool _effectsBegun;
    private bool _mayHaveCommitted;
    private int _statements;
    private int _current;

    /// <summary>Runs it.</summary>
    /// <returns>How it ended; nothing of it runs any more.</returns>
    public StatementOutcome Run()
    {
        try
        {
            RunScript();
            return new StatementOutcome.Completed();
        }
        catch (SourceException e)
        {
            // a statement that SQLite itself interrupts is rolled back, with the transaction that it is in
            return stop.IsRequested && IsTheStop(e.Error) ? new StatementOutcome.Interrupted { WithoutEffect = !_mayHaveCommitted } : new StatementOutcome.Failed(e.Error);
        }
        catch (OperationCanceledException)
        {
            return new StatementOutcome.Interrupted(); // to stop was asked for, or another owner has the attempt
        }
        catch (BlobStoreFullException e)
        {
            return new StatementOutcome.Failed(JobError.Of(ErrorKind.ResourceLimit, e.Message, "disk_full", "Free space where results are kept."));
        }
        catch (Exception e) // whatever it is, it is the job's ending, and not the process's
        {
            return new StatementOutcome.Failed(JobError.Of(ErrorKind.Internal, $"The statement's run failed: {e.GetType().Name}: {e.Message}"));
        }
    }

    private void RunScript()
    {
        var text = connector.Encode(request);
        var parameters = Connector.Parameters(request, text, ParameterScan.Of(text.Utf8));
        var guard = connector.Guard(stop.Token);
        guard.News = message => observer.Progress(_pump.Rows, message);
        using var database = connector.Open(guard);
        stop.Attach(database);
        try
        {
            RunStatements(text, parameters, database, guard);
        }
        catch (SourceException e)
        {
            throw new SourceException(SqliteErrors.Explain(e.Error, connector, database, guard, _current));
        }
        finally
        {
            stop.Detach();
        }
    }

    private void RunStatements(SqlText text, ParameterSet parameters, SourceDatabase database, StatementGuard guard)
    {
        for (var offset = 0; offset < text.Utf8.Length;)
        {
            stop.Token.ThrowIfCancellationRequested();
            guard.BeginStatement();
            _current = _statements + 1;
            using var statement = database.Prepare(text, offset, out offset);
            if (statement is null) continue;

            _statements++;
            parameters.Bind(statement);
            RunStatement(statement, database, guard);
        }

        if (_statements == 0) throw SourceException.Syntax("There is no statement in the text.");
        if (database.InTransaction && database.HasUncommittedWrites)
        {
            throw SourceException.Syntax("The script ends inside a transaction.", "open_transaction", "End it with COMMIT.");
        }
    }

    private void RunStatement(PreparedStatement statement, SourceDatabase database, StatementGuard guard)
    {
        if (!connector.ReadOnly && !_effectsBegun && !statement.ReadOnly)
        {
            Blocking.Wait(observer.BeginEffectsAsync(commitIsMarked: false, stop.Token));
            _effectsBegun = true;
        }

        var columns = statement.Columns();
        writer.BeginStatement(columns);
        var code = _pump.Run(statement, columns.Length);
        if (code != ResultCode.Done)
        {
            guard.Fault?.Throw();
            throw database.Failure(code);
        }

        _mayHaveCommitted |= _effectsBegun && !database.InTransaction;
        writer.EndStatement(guard.ChangesRows ? database.Changes : null);
    }

    /// <summary>Whether an error is how a statement ends when it is stopped: also while it makes a value (<see cref="SourceDatabase.Interrupt"/>) or waits for a lock.</summary>
    private static bool IsTheStop(JobError error) => error.Code is "interrupted" or "cell_too_big" or "database_busy";
}
