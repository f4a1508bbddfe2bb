using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Transactions;
using Meanwhile.Results;
using Meanwhile.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Source;

/// <summary>Runs one text on a connection of its own, and names its ending.</summary>
internal sealed class ScriptRun(Connector connector, RoleWarning warning, StatementRequest request, IResultWriter writer, IStatementObserver observer, CancellationToken stop)
{
    private Session? _session;
    private volatile RunContext? _context;

    /// <summary>Which backend runs it; null while none does.</summary>
    public BackendIdentity? Backend => _session?.Backend;

    /// <summary>Whether its COMMIT is under way: it can't be stopped any more.</summary>
    public bool IsCommitting => _context?.CommitSent == true;

    /// <summary>Runs it.</summary>
    /// <returns>How it ended; nothing of it runs any more.</returns>
    public async Task<StatementOutcome> RunAsync()
    {
        try
        {
            var plan = ScriptPlan.Of(request, connector.Source.ReadOnly, connector.Options.SqlBytesMax);
            _session = await Session.OpenAsync(connector, request.Tag, new NoticeLog(observer, connector.Options.NoticesMax).Add, stop);
            return await RunInSessionAsync(plan, _session);
        }
        catch (SourceException refused)
        {
            return stop.IsCancellationRequested ? new StatementOutcome.Interrupted { WithoutEffect = true } : new StatementOutcome.Failed(refused.Error);
        }
        catch (OperationCanceledException)
        {
            return new StatementOutcome.Interrupted { WithoutEffect = true }; // it had not begun
        }
        catch (Exception e) // whatever it is, it is the job's ending, and not the process's
        {
            return new StatementOutcome.Failed(Internal(e));
        }
    }

    private async Task<StatementOutcome> RunInSessionAsync(ScriptPlan plan, Session session)
    {
        await using var untilTheEnd = session;
        var runner = new StatementRunner(session, connector, plan.Parameters, request.CostMax, writer, observer, stop);
        var context = _context = new RunContext(plan, session, connector, runner, observer, stop);
        try
        {
            if (plan.Mode == TransactionMode.ReadOnly && await warning.OfAsync(session, stop) is { } line) observer.Log(line);
            await (plan.Mode switch
            {
                TransactionMode.ReadOnly => new ReadOnlyTransaction(context).RunAsync(),
                TransactionMode.Single => new SingleTransaction(context).RunAsync(),
                TransactionMode.Piecewise => new Piecewise(context).RunAsync(),
            });
            return new StatementOutcome.Completed();
        }
        catch (Exception e)
        {
            return Endings.Of(e, context, stop.IsCancellationRequested, await IsGoneAsync(session, e));
        }
    }

    /// <summary>Sees that nothing of the text runs any more: the session answers that it rolled back, or its backend is not there.</summary>
    private async ValueTask<bool> IsGoneAsync(Session session, Exception e)
    {
        try
        {
            if (e is not LostException)
            {
                session.Quiet();
                await session.AskAsync(CancellationToken.None, "rollback");
                return true;
            }
        }
        catch (Exception broken) when (broken is NpgsqlException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // then it is looked for from outside
        }

        return await Backends.SeeGoneAsync(connector, session.Backend, CancellationToken.None);
    }

    /// <summary>A failure that nobody foresaw.</summary>
    internal static JobError Internal(Exception e) => e is BlobStoreFullException
        ? JobError.Of(ErrorKind.ResourceLimit, e.Message, "disk_full", "Free space where results are kept.")
        : JobError.Of(ErrorKind.Internal, $"The statement's run failed: {e.GetType().Name}: {e.Message}");
}
