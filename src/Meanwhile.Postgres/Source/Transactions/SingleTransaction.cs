using System.Globalization;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source.Transactions;

/// <summary>Runs a text in one transaction that is committed in the end, all or nothing.</summary>
/// <remarks>
/// 1. The intent to write is announced before the first statement that may write by its words, or once the server says that something was written after all.
/// 2. Before COMMIT the transaction's id is announced as the commit's mark. 3. A connection that breaks during COMMIT leaves its fate open: it is then asked for by the mark.
/// </remarks>
internal sealed class SingleTransaction(RunContext run)
{
    private string? _began;

    /// <summary>Runs it.</summary>
    public async Task RunAsync()
    {
        await run.AskAsync("begin transaction"); // no query of ours, so that the text can set its isolation
        var pins = Session.Pins(run.Connector.Settings);
        var several = run.Plan.Script.Statements.Count > 1;
        foreach (var statement in run.Plan.Script.Statements)
        {
            var mayWrite = StatementPolicy.MayWrite(statement);
            if (mayWrite) await run.BeginEffectsAsync();
            else if (several && statement.Verb != "SET") await run.AskAsync("savepoint meanwhile");
            var cut = await run.RunAsync(statement);
            if (cut && several) await run.AskAsync("rollback to savepoint meanwhile");
            else if (cut) await run.AskAsync("rollback", "begin transaction");
            else await CheckAsync();
            if (several) await run.AskAsync(pins);
        }

        await CommitAsync();
    }

    /// <summary>Sees that the transaction goes on, and whether it has written.</summary>
    private async Task CheckAsync()
    {
        var row = (await run.AskAsync(Sql.AssignedId))[0];
        if (row[1] != (_began ??= row[1])) throw SourceException.Syntax("A statement left the transaction in which the text runs.", "left_transaction");
        if (row[0] is not null) await run.BeginEffectsAsync();
    }

    private async Task CommitAsync()
    {
        CommitMark? mark = null;
        if (run.EffectsBegun)
        {
            mark = CommitMark.Of((await run.AskAsync(Sql.CommitMark))[0]);
            await run.BeginCommitAsync(mark.ToString());
        }

        run.Stop.ThrowIfCancellationRequested();
        run.CommitSent = true;
        try
        {
            await run.AskAsync("commit");
        }
        catch (LostException lost) when (mark is not null)
        {
            await ResolveAsync(mark, lost);
        }
    }

    /// <summary>Finds out what became of a commit whose answer did not come.</summary>
    private async Task ResolveAsync(CommitMark mark, LostException lost)
    {
        var fate = await Backends.SeeGoneAsync(run.Connector, run.Session.Backend, CancellationToken.None)
            ? await Backends.FateAsync(run.Connector, mark, CancellationToken.None)
            : CommitFate.Unknown;
        var error = PostgresErrors.ConnectionLost(lost.InnerException!);
        switch (fate)
        {
            case CommitFate.Committed:
                return;
            case CommitFate.RolledBack:
                throw new SourceException(error with { Message = $"{error.Message} The transaction was rolled back." }, lost);
            case CommitFate.Unknown:
                run.MayHaveCommitted = true;
                throw new SourceException(JobError.Of(ErrorKind.UnknownOutcome, $"The connection was lost during COMMIT, and whether it took place can't be found out. {error.Message}", "commit_in_doubt", $"Look at the data, or ask the server: select pg_xact_status('{mark.TransactionId.ToString(CultureInfo.InvariantCulture)}')."), lost);
        }
    }
}
