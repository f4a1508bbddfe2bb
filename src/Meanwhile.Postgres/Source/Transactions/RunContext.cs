using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source.Transactions;

/// <summary>What a transaction of statements works with, and what it leaves behind for whoever names its ending.</summary>
internal sealed class RunContext(ScriptPlan plan, Session session, Connector connector, StatementRunner runner, IStatementObserver observer, CancellationToken stop)
{
    /// <summary>What is run.</summary>
    public ScriptPlan Plan => plan;

    /// <summary>Where.</summary>
    public Session Session => session;

    /// <summary>Opens other sessions of the same source.</summary>
    public Connector Connector => connector;

    /// <summary>Cancelled when it is to stop.</summary>
    public CancellationToken Stop => stop;

    /// <summary>Whether the intent to write was announced.</summary>
    public bool EffectsBegun { get; private set; }

    /// <summary>Whether something may have been committed.</summary>
    public bool MayHaveCommitted { get; set; }

    /// <summary>Whether a COMMIT was sent: from here on nothing is cancelled.</summary>
    public bool CommitSent { get; set; }

    /// <summary>Which statement runs, from 1; 0 before the first.</summary>
    public int Current { get; private set; }

    /// <summary>Runs one statement.</summary>
    /// <returns>Whether its result was cut short by cancelling it, which also aborts the transaction.</returns>
    public Task<bool> RunAsync(StatementText statement)
    {
        Current++;
        return runner.RunAsync(statement, () => CanDropRestAsync(statement));
    }

    /// <summary>Announces that what follows may write; once.</summary>
    public async ValueTask BeginEffectsAsync()
    {
        if (EffectsBegun) return;

        await observer.BeginEffectsAsync(commitIsMarked: plan.Mode == TransactionMode.Single, stop);
        EffectsBegun = true;
    }

    /// <summary>Announces a commit.</summary>
    public ValueTask BeginCommitAsync(string mark) => observer.BeginCommitAsync(mark, stop);

    /// <summary>Runs statements of our own in the session.</summary>
    /// <exception cref="SourceException">The server answered with an error.</exception>
    /// <exception cref="LostException">The connection broke.</exception>
    public Task<List<string?[]>> AskAsync(params IReadOnlyList<string> statements) => ServerFaults.ToldAsync(() => session.AskAsync(CancellationToken.None, statements));

    /// <summary>Whether the rest of a result may be cancelled once the writer has enough: not when the statement may have written, which would be undone.</summary>
    private async ValueTask<bool> CanDropRestAsync(StatementText statement)
    {
        if (plan.Mode == TransactionMode.ReadOnly) return true;
        if (EffectsBegun || StatementPolicy.MayWrite(statement)) return false;

        return !await Backends.HasWrittenAsync(connector, session.Backend, stop);
    }
}
