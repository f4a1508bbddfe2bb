using Meanwhile.Postgres.Source;
using Meanwhile.Postgres.Source.Hosts;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Settings;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Postgres.Source.Transactions;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Source;

/// <summary>The server's part of the guard, with the words of a text not looked at.</summary>
public sealed class GateTests(SharedCluster shared) : SourceTestBase(shared)
{
    [Theory]
    [InlineData("commit; insert into written values (2)")]
    [InlineData("select 1; select 2")]
    [InlineData("select 1; commit; insert into written values (2)")]
    public async Task A_text_of_several_statements_does_not_pass_as_one(string sql)
    {
        var refused = await Assert.ThrowsAsync<SourceException>(() => RunAsOneAsync([sql]));

        Assert.Equal("42601", refused.Error.SqlState);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Theory]
    [InlineData("commit", "insert into written values (2)")]
    [InlineData("commit and chain", "set transaction read write", "insert into written values (2)", "commit")]
    [InlineData("rollback and chain", "set transaction read write", "insert into written values (2)", "commit")]
    [InlineData("rollback", "begin read write", "insert into written values (2)", "commit")]
    public async Task A_statement_that_leaves_the_transaction_is_the_last_that_runs(params string[] statements)
    {
        var left = await Assert.ThrowsAsync<SourceException>(() => RunAsOneAsync(statements));

        Assert.Equal("left_transaction", left.Error.Code);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Theory]
    [InlineData("set transaction read write")]
    [InlineData("set local transaction_read_only = off")]
    [InlineData("insert into written values (2)")]
    public async Task The_transaction_stays_read_only(string sql)
    {
        await Assert.ThrowsAsync<SourceException>(() => RunAsOneAsync([sql]));
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task What_a_read_only_transaction_lets_through_goes_with_its_rollback()
    {
        await RunAsOneAsync(["select lo_create(4711)", "notify canary"]);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from pg_largeobject_metadata"));
    }

    [Fact]
    public async Task Copy_passes_the_gate_too()
    {
        const string Several = "copy (select 1) to stdout; insert into written values (2); copy (select 1)";
        await using var session = await OpenAsync();
        var copy = new CopyText(new StatementText(Several, [new Token(TokenKind.Word, 0, 4, 0)]), Several.Length, null);
        var writer = new RecordingResultWriter();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => new CopyRun(session, MakeConnector(), writer, new RowPump(writer, new RecordingObserver(), TimeProvider.System, default), default).RunAsync(copy, () => new(true)));

        Assert.Equal("42601", refused.SqlState);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    /// <summary>Runs each text as if it were one statement that may only read.</summary>
    private async Task RunAsOneAsync(string[] statements)
    {
        var connector = MakeConnector();
        await using var session = await OpenAsync();
        var script = new Script(string.Join(' ', statements), [.. statements.Select(sql => new StatementText(sql, [new Token(TokenKind.Word, 0, sql.Length, 0)]))]);
        var plan = new ScriptPlan(script, ParameterSet.Read(default, script), TransactionMode.ReadOnly);
        var observer = new RecordingObserver();
        var runner = new StatementRunner(session, connector, plan.Parameters, null, new RecordingResultWriter(), observer, CancellationToken.None);
        await new ReadOnlyTransaction(new RunContext(plan, session, connector, runner, observer, CancellationToken.None)).RunAsync();
    }

    private Connector MakeConnector() => new(
        SettingsReader.Read(SourceDatabase.Definition(Database.Settings(Database.Writer)), []), new SourceOptions { ReadOnly = false }, new PostgresSourceOptions(), new HostRules(null), TimeProvider.System);

    private ValueTask<Session> OpenAsync() => Session.OpenAsync(MakeConnector(), "mw:jtest:1", _ => { }, TestContext.Current.CancellationToken);
}
