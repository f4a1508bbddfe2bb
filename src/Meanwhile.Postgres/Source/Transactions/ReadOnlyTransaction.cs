using Meanwhile.Postgres.Source.Sessions;

namespace Meanwhile.Postgres.Source.Transactions;

/// <summary>Runs a text in one read-only transaction that ends with a rollback, and proves after each statement that it is still in it.</summary>
/// <remarks>
/// 1. BEGIN READ ONLY. 2. A query of ours: once a transaction has a snapshot, the server refuses to make it writable. 3. After each statement its time, in a
/// round trip of its own, must be that of 2: whatever ended it (COMMIT AND CHAIN, say, whose successor could be made writable) began another.
/// 4. ROLLBACK: what a read-only transaction lets through all the same, such as large objects and notifications, goes with it.
/// </remarks>
internal sealed class ReadOnlyTransaction(RunContext run)
{
    /// <summary>Runs it.</summary>
    public async Task RunAsync()
    {
        var began = (await run.AskAsync("begin transaction read only", Sql.Transaction))[0][0];
        var pins = Session.Pins(run.Connector.Settings);
        var several = run.Plan.Script.Statements.Count > 1;
        foreach (var statement in run.Plan.Script.Statements)
        {
            if (several) await run.AskAsync(Savepoint); // where a result is cut short by a cancel, the next statement goes on from here
            var cut = await run.RunAsync(statement);
            if (cut && several) await run.AskAsync(BackToSavepoint);
            else if (cut) break;
            if ((await run.AskAsync(Sql.Transaction))[0][0] != began) throw Left();
            if (several) await run.AskAsync(pins);
        }

        await run.AskAsync("rollback");
    }

    private const string Savepoint = "savepoint meanwhile";

    private const string BackToSavepoint = "rollback to savepoint meanwhile";

    private static SourceException Left() => SourceException.Permission("A statement left the read-only transaction in which the text runs; nothing after it was run.", "left_transaction");
}
