using Meanwhile.Jobs;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class ScriptTests : SourceTestBase
{
    [Fact]
    public async Task Each_statement_has_a_result_and_blanks_have_none()
    {
        var results = await ResultsAsync(" ; -- nothing\n select 1; /* nor here */ ;; select 2, 3 ; -- the end");

        Assert.Equal(2, results.Count);
        Assert.All(results, result => Assert.True(result.Ended));
        Assert.Equal([2L, 3L], results[1].Rows[0]);
    }

    [Fact]
    public async Task Changes_are_counted_for_what_changes_rows_and_for_nothing_else()
    {
        var results = await ResultsAsync(
            """
            create table t (x); insert into t values (1), (2), (3); create table u as select * from t; create index i on t (x);
            update t set x = 0 where x > 1; delete from t where x = 9; select count(*) from t; drop table u; pragma user_version = 3
            """,
            readOnly: false);

        Assert.Equal([null, 3L, null, null, 2L, 0L, null, null, null], results.Select(result => result.RowsAffected));
    }

    [Fact]
    public async Task Returning_gives_rows_and_the_count()
    {
        var results = await ResultsAsync("create table t (x); insert into t values (1), (2) returning x * 10", readOnly: false);

        Assert.Equal([10L, 20L], results[1].Rows.Select(row => row[0]));
        Assert.Equal(2, results[1].RowsAffected);
    }

    [Fact]
    public async Task A_row_limit_cuts_what_is_shown_of_returning_and_not_what_is_written()
    {
        await using var source = Fixture.Create(readOnly: false);

        var (outcome, writer) = await RunAsync(source, "create table t (x); insert into t values (1), (2), (3) returning x; select 7", writer: new RecordingResultWriter { RowsMax = 1 });

        Assert.IsType<StatementOutcome.Completed>(outcome);
        Assert.True(writer.Statements[1].Cut);
        Assert.Equal(3, writer.Statements[1].RowsAffected);
        Assert.Equal([7L], writer.Statements[2].Rows[0]);
        Assert.Equal([3L], await RowAsync("select count(*) from t"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n -- only this")]
    [InlineData(";;")]
    public async Task A_text_without_a_statement_is_a_syntax_error(string sql) => Assert.Equal(ErrorKind.Syntax, (await ErrorAsync(sql)).Type);

    [Theory]
    [InlineData("selec 1", 1)]
    [InlineData("select 1;\n select né, 😀, from", 26)]
    public async Task A_syntax_error_says_where_in_characters(string sql, int position)
    {
        var error = await ErrorAsync(sql);

        Assert.Equal((ErrorKind.Syntax, "SQLITE_ERROR", position), (error.Type, error.SourceCode, error.Position));
    }

    [Fact]
    public async Task What_SQLite_would_read_differently_is_refused()
    {
        foreach (var sql in (string[])["select 1\0; drop table t", "select '\ud800'"]) // an attribute can't hold half a pair
        {
            var error = await ErrorAsync(sql);

            Assert.Equal((ErrorKind.Syntax, 9), (error.Type, error.Position));
        }
    }

    [Fact]
    public async Task A_failed_script_leaves_no_open_transaction_and_says_so()
    {
        var error = await ErrorAsync("create table t (x unique); begin; insert into t values (1); insert into t values (1)", readOnly: false);

        Assert.Equal(("constraint", "SQLITE_CONSTRAINT_UNIQUE"), (error.Code, error.SourceCode));
        Assert.Contains("rolled back", error.Message, StringComparison.Ordinal);
        Assert.Equal([0L], await RowAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_script_that_forgets_its_commit_fails_and_says_so()
    {
        var error = await ErrorAsync("create table t (x); begin; insert into t values (1)", readOnly: false);

        Assert.Equal("open_transaction", error.Code);
        Assert.Contains("rolled back", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_script_leaves_no_open_transaction()
    {
        await ResultsAsync("create table t (x)", readOnly: false);
        await using var source = Fixture.Create(readOnly: false);
        var writer = new RecordingResultWriter { CountOnly = true };
        var statement = source.Start(
            Request("begin; insert into t values (1); with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"), writer, new RecordingObserver(), CancellationToken.None);
        await writer.FirstRow.WaitAsync(Patience);

        await statement.CancelAsync(CancellationToken.None);

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience));
        Assert.Equal(0L, (await RunAsync(source, "select count(*) from t")).Writer.Statements[0].Rows[0][0]);
        Assert.IsType<StatementOutcome.Completed>((await RunAsync(source, "insert into t values (2)")).Outcome);
    }

    [Fact]
    public async Task Effects_are_announced_once_a_script()
    {
        await using var source = Fixture.Create(readOnly: false);
        var observer = new RecordingObserver();

        await source.Start(Request("select 1; create table t (x); insert into t values (1)"), new RecordingResultWriter(), observer, CancellationToken.None).Completion.WaitAsync(Patience);

        Assert.Equal(1, observer.Effects);
    }

    [Fact]
    public async Task A_lock_of_another_connection_is_a_passing_fault()
    {
        using var other = Meanwhile.Sqlite.Interop.Connection.Open(Path.Combine(Fixture.Root, "a.db"), 2 | 4);
        other.Execute("create table t (x); begin exclusive");

        var error = await ErrorAsync("select * from t", settings: """{"path": "a.db", "busy_timeout_ms": 20}""");

        Assert.Equal((ErrorKind.Transient, true), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task A_cancel_ends_the_wait_for_a_lock()
    {
        using var other = Meanwhile.Sqlite.Interop.Connection.Open(Path.Combine(Fixture.Root, "a.db"), 2 | 4);
        other.Execute("create table t (x); begin exclusive");
        await using var source = Fixture.Create(settings: """{"path": "a.db", "busy_timeout_ms": 600000}""");
        var observer = new RecordingObserver();
        var statement = source.Start(Request("select * from t"), new RecordingResultWriter(), observer, CancellationToken.None);
        Assert.Contains("lock", await observer.FirstMessage.WaitAsync(Patience), StringComparison.Ordinal);

        await statement.CancelAsync(CancellationToken.None);

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("drop table t; vacuum", 15)]
    [InlineData("drop table t; -- vacuum\n /* 日本 */ VACUUM into 'copy.db'", 35)]
    [InlineData("drop table t;attach 'other.db' as other", 14)]
    [InlineData("drop table t; detach main", 15)]
    public async Task A_script_with_a_statement_that_is_never_allowed_runs_nothing_of_it(string sql, int position)
    {
        await ResultsAsync("create table t (x)", readOnly: false);
        await using var source = Fixture.Create(readOnly: false);

        var error = await ErrorAsync(sql, readOnly: false);
        var (_, checkedError) = await source.CheckAsync(Request(sql), CancellationToken.None);

        Assert.Equal((ErrorKind.Permission, "not_allowed", position), (error.Type, error.Code, error.Position));
        Assert.Equal(error, checkedError);
        Assert.Equal([1L], await RowAsync("select count(*) from sqlite_schema where name = 't'"));
    }

    [Fact]
    public async Task A_word_that_begins_no_statement_is_only_a_word()
    {
        var results = await ResultsAsync("create table vacuum (attach); insert into vacuum values ('; vacuum'); select attach as detach from vacuum", readOnly: false);

        Assert.Equal(["; vacuum"], results[2].Rows[0]);
    }

    [Fact]
    public async Task A_check_says_what_a_script_holds_and_takes()
    {
        await using var source = Fixture.Create(readOnly: false);

        var (check, error) = await source.CheckAsync(Request("select :a as one; create table t (x)", """{"a": 1}"""), CancellationToken.None);

        Assert.Null(error);
        Assert.Equal((2, false), (check!.StatementCount, check.ReadOnly));
        Assert.Equal(["one"], check.Columns.Select(column => column.Name));
        Assert.Equal(["a"], check.ParameterNames);
    }

    [Fact]
    public async Task Threads_end_with_their_statements()
    {
        await using var source = (Meanwhile.Sqlite.Source.SqliteSource)Fixture.Create();
        await RunAsync(source, "select 1");

        Assert.True(SpinWait.SpinUntil(() => source.ThreadCount == 0, Patience));
    }
}
