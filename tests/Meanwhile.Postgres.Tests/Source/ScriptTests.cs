using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class ScriptTests(SharedCluster shared) : SourceTestBase(shared)
{
    [Fact]
    public async Task Each_statement_has_a_result_and_blanks_have_none()
    {
        var results = await ResultsAsync("; select 1 as a; /* ; */ -- ;\n;; select 'x;y', $$;$$ ;", null);

        Assert.Equal(2, results.Count);
        Assert.Equal("a", Assert.Single(results[0].Columns).Name);
        Assert.Equal(["x;y", ";"], Assert.Single(results[1].Rows));
    }

    [Fact]
    public async Task Changes_are_counted_and_RETURNING_gives_rows()
    {
        var results = await ResultsAsync(
            "create table t (x int); insert into t select generate_series(1, 5); update t set x = x + 10 where x > 3 returning x; delete from t where x < 3; select count(*) from t; create table u as select * from t; merge into t using u on t.x = u.x when matched then delete",
            readOnly: false);

        Assert.Equal([null, 5L, 2L, 2L, null, 3L, 3L], results.Select(result => result.RowsAffected));
        Assert.Equal([14L, 15L], results[2].Rows.Select(row => row[0]));
        Assert.Equal(3L, Assert.Single(Assert.Single(results[4].Rows)));
    }

    [Fact]
    public async Task A_script_is_one_transaction()
    {
        var error = await ErrorAsync("insert into written values (1); select 1 / 0; insert into written values (2)", readOnly: false);

        Assert.Equal((ErrorKind.Syntax, "data_exception", "22012"), (error.Type, error.Code, error.SqlState));
        Assert.StartsWith("Statement 2 of the script: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task What_can_not_be_in_a_transaction_runs_statement_by_statement()
    {
        await ResultsAsync("insert into written values (1); vacuum written; create index concurrently on written (x); reindex index concurrently written_x_idx", readOnly: false);
        Assert.Equal(1L, await Database.AsSuperuserAsync("select count(*) from written"));

        var error = await ErrorAsync("insert into written values (2); vacuum written; select 1 / 0", readOnly: false);

        Assert.Contains("committed, each by itself", error.Hint, StringComparison.Ordinal);
        Assert.Equal(2L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task A_script_may_have_transactions_of_its_own_and_must_end_them()
    {
        await ResultsAsync("begin; insert into written values (1); commit; begin; insert into written values (2); rollback", readOnly: false);
        Assert.Equal(1L, await Database.AsSuperuserAsync("select sum(x) from written"));

        Assert.Equal("open_transaction", (await ErrorAsync("begin; insert into written values (3)", readOnly: false)).Code);
        Assert.Equal(1L, await Database.AsSuperuserAsync("select sum(x) from written"));
    }

    [Fact]
    public async Task A_routine_may_commit_when_it_is_alone()
    {
        await ResultsAsync("create procedure steps() language plpgsql as $$ begin insert into written values (1); commit; insert into written values (2); rollback; end $$; create function f(a int) returns int language sql begin atomic select case when a > 0 then 1 else 2 end; select a; end", readOnly: false);

        await ResultsAsync("call steps()", readOnly: false);
        await ResultsAsync("do $$ begin insert into written values (4); commit; end $$", readOnly: false);

        Assert.Equal(5L, await Database.AsSuperuserAsync("select sum(x) from written"));
        Assert.Contains("by itself", (await ErrorAsync("select 1; call steps()", readOnly: false)).Hint, StringComparison.Ordinal);
        Assert.Equal(7L, await ValueAsync("select f(7)", readOnly: false));
    }

    [Fact]
    public async Task Notices_and_warnings_are_kept_with_the_attempt()
    {
        await using var source = Database.Create(readOnly: false, configure: options => options with { NoticesMax = 3 });
        var (few, many) = (new RecordingObserver(), new RecordingObserver());

        await RunAsync(source, "do $$ begin raise notice 'hello'; raise warning 'careful' using hint = 'look', detail = 'here'; end $$", observer: few);
        await RunAsync(source, "do $$ begin for i in 1..10 loop raise notice '%', i; end loop; end $$", observer: many);

        Assert.Equal(["NOTICE: hello", "WARNING: careful DETAIL: here HINT: look"], few.Lines);
        Assert.Equal(4, many.Lines.Count);
        Assert.Contains("more than 3", many.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cursors_and_prepared_statements_work_within_a_script()
    {
        var results = await ResultsAsync("prepare p as select $1::int + 1; execute p(4); declare c cursor for select generate_series(1, 10); fetch 3 from c; show transaction_read_only");

        Assert.Equal(5L, results[1].Rows[0][0]);
        Assert.Equal([1L, 2L, 3L], results[3].Rows.Select(row => row[0]));
        Assert.Equal("on", results[4].Rows[0][0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_result_that_is_cut_short_lets_the_script_go_on(bool readOnly)
    {
        await using var source = Database.Create(readOnly);
        var writer = new RecordingResultWriter { RowsMax = 3 };

        var outcome = await RunAsync(source, "select generate_series(1, 1000000000000); select 'after'; with recursive n(i) as (select 1::bigint union all select i + 1 from n) select i from n", writer);

        Assert.IsType<StatementOutcome.Completed>(outcome);
        Assert.Equal([3, 1, 3], writer.Statements.Select(statement => statement.Rows.Count));
    }

    [Fact]
    public async Task A_write_whose_rows_are_cut_short_is_made_whole()
    {
        await using var source = Database.Create(readOnly: false);
        var writer = new RecordingResultWriter { RowsMax = 3 };
        await Database.AsSuperuserAsync($"create function write_one(i int) returns int language sql as 'insert into written values (i) returning x'; grant insert on written to {Database.Writer}");

        await RunAsync(source, "insert into written select generate_series(1, 1000) returning x", writer);
        await RunAsync(source, "select write_one(i) from generate_series(1, 1000) i", new RecordingResultWriter { RowsMax = 3 });

        Assert.Equal(3, Assert.Single(writer.Statements).Rows.Count);
        Assert.Equal(2000L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task Copy_to_the_client_gives_rows()
    {
        await Database.AsSuperuserAsync($"create table copied (a int, \"b c\" text); insert into copied values (1, 'x,\"y\"'), (2, null), (3, ''), (4, E'two\\nlines'), (5, '\U0001F600'); grant select on copied to {Database.Reader}");

        foreach (var sql in new[] { "copy copied to stdout", "copy copied (a, \"b c\") to stdout (format csv, delimiter ';')", "copy (select * from copied order by a) to stdout with csv header" })
        {
            var result = Assert.Single(await ResultsAsync(sql));
            Assert.Equal(["a", "b c"], result.Columns.Select(column => column.Name));
            Assert.Equal(["x,\"y\"", null, "", "two\nlines", "\U0001F600"], result.Rows.Select(row => row[1]));
        }

        Assert.Equal(["1", "7"], (await ResultsAsync("copy (select 1 as x) to stdout; select '7'")).Select(result => Assert.Single(Assert.Single(result.Rows))));
    }

    [Fact]
    public async Task Copy_streams_is_cut_short_and_cancelled_like_a_query()
    {
        await using var source = Database.Create();
        var cut = new RecordingResultWriter { RowsMax = 3 };
        Assert.IsType<StatementOutcome.Completed>(await RunAsync(source, "copy (with recursive n(i) as (select 1::bigint union all select i + 1 from n) select i from n) to stdout; select 1", cut));
        Assert.Equal([3, 1], cut.Statements.Select(statement => statement.Rows.Count));

        var endless = new RecordingResultWriter { CountOnly = true };
        var statement = source.Start(Request("copy (with recursive n(i) as (select 1::bigint union all select i + 1 from n) select i from n) to stdout"), endless, new RecordingObserver(), CancellationToken.None);
        await endless.FirstRow.WaitAsync(Patience);
        await statement.CancelAsync(CancellationToken.None);
        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience));
    }

    [Fact]
    public async Task Of_a_cell_of_a_copy_no_more_is_held_than_shows_that_it_is_to_be_cut()
    {
        await using var source = Database.Create(options: new SourceOptions { CellBytesMax = 1_000 });
        var writer = new RecordingResultWriter();

        await RunAsync(source, "copy (select repeat('x', 5000), 'after') to stdout", writer);

        Assert.Equal([new string('x', 1_001), "after"], Assert.Single(Assert.Single(writer.Statements).Rows));
    }

    [Theory]
    [InlineData("copy written from stdin", "COPY FROM")]
    [InlineData("copy written from '/tmp/x'", "COPY FROM")]
    [InlineData("copy written to '/tmp/x'", "to a file or program")]
    [InlineData("copy written to program 'cat'", "to a file or program")]
    [InlineData("copy written to stdout (format binary)", "in binary")]
    public async Task Any_other_copy_is_refused_with_what_to_do(string sql, string words)
    {
        var error = await ErrorAsync(sql, readOnly: false);

        Assert.Equal((ErrorKind.Permission, "not_allowed", 1), (error.Type, error.Code, error.Position));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }
}
