using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Sessions;
using Npgsql;

namespace Meanwhile.Postgres.Source.Transactions;

/// <summary>Runs the statements of a text one by one, each committed by itself or in the transactions that the text begins: for what can't be in one of ours.</summary>
internal sealed class Piecewise(RunContext run)
{
    /// <summary>Runs it.</summary>
    public async Task RunAsync()
    {
        var pins = Session.Pins(run.Connector.Settings);
        if (run.Plan.Script.Statements.Any(StatementPolicy.MayWrite)) await run.BeginEffectsAsync();
        foreach (var statement in run.Plan.Script.Statements)
        {
            run.MayHaveCommitted |= run.EffectsBegun;
            await run.RunAsync(statement);
            if (run.Plan.Script.Statements.Count > 1 && statement.Verb is "SET" or "RESET" or "DISCARD" or "SELECT") await run.AskAsync(pins);
        }

        if (await IsInTransactionAsync()) throw SourceException.Syntax("The script ends inside a transaction, which was rolled back.", "open_transaction", "End it with COMMIT.");
    }

    private async Task<bool> IsInTransactionAsync()
    {
        try
        {
            await run.AskAsync(Sql.OnlyInTransaction);
            return true;
        }
        catch (SourceException e) when (e.Error.SqlState == PostgresErrorCodes.NoActiveSqlTransaction)
        {
            return false;
        }
    }
}
