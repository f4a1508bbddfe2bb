using Meanwhile.Jobs;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Source;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class HardeningTests : SourceTestBase
{
    [Theory]
    [InlineData("attach 'other.db' as other", "ATTACH")]
    [InlineData("attach ':memory:' as other", "ATTACH")]
    [InlineData("vacuum into 'copy.db'", "VACUUM")]
    [InlineData("vacuum", "VACUUM")]
    [InlineData("detach main", "DETACH")]
    [InlineData("pragma query_only = 0", "query_only")]
    [InlineData("pragma writable_schema = 1", "writable_schema")]
    [InlineData("pragma journal_mode = delete", "journal_mode")]
    [InlineData("pragma hard_heap_limit = 1000", "hard_heap_limit")]
    [InlineData("pragma case_sensitive_like = 1", "case_sensitive_like")]
    [InlineData("pragma temp_store_directory = '/'", "temp_store_directory")]
    [InlineData("pragma cache_size = 1000000", "cache_size")]
    [InlineData("pragma database_list", "database_list")]
    [InlineData("select * from pragma_database_list", "database_list")]
    [InlineData("select load_extension('x.so')", "load_extension")]
    [InlineData("select fts3_tokenizer('simple')", "fts3_tokenizer")]
    public async Task What_reaches_beyond_the_database_is_refused_even_where_writes_are_allowed(string sql, string named)
    {
        var error = await ErrorAsync(sql, readOnly: false);

        Assert.Equal((ErrorKind.Permission, "not_allowed"), (error.Type, error.Code));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal(["a.db"], Directory.EnumerateFiles(Fixture.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("create table t (x)")]
    [InlineData("create temp table t (x)")]
    [InlineData("insert into present values (1)")]
    [InlineData("update present set x = 1")]
    [InlineData("delete from present")]
    [InlineData("drop table present")]
    [InlineData("alter table present add column y")]
    [InlineData("create virtual table f using fts5(x)")]
    [InlineData("create index i on present (x)")]
    [InlineData("reindex")]
    [InlineData("analyze")]
    public async Task Every_write_on_a_read_only_source_is_refused_with_a_hint(string sql)
    {
        await ResultsAsync("create table present (x); create index present_x on present (x)", readOnly: false);

        var error = await ErrorAsync(sql);

        Assert.Equal((ErrorKind.Permission, "read_only"), (error.Type, error.Code));
        Assert.Contains("read_only", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_would_lock_for_writing_is_refused_by_the_connection_itself() =>
        Assert.Equal("read_only", (await ErrorAsync("begin immediate")).Code);

    [Theory]
    [InlineData("pragma table_info(t)")]
    [InlineData("pragma index_list('t')")]
    [InlineData("pragma foreign_key_list(t)")]
    [InlineData("pragma table_list")]
    [InlineData("pragma user_version")]
    [InlineData("pragma integrity_check")]
    [InlineData("select * from pragma_table_info('t')")]
    [InlineData("begin; select 1; commit")]
    [InlineData("explain query plan select 1")]
    public async Task What_only_looks_is_allowed_on_a_read_only_source(string sql) => await ResultsAsync(sql);

    [Fact]
    public async Task Virtual_tables_and_triggers_work_where_writes_are_allowed()
    {
        var results = await ResultsAsync(
            """
            create virtual table f using fts5(body); insert into f values ('a long night'), ('a short day'); select count(*) from f where f match 'night';
            create table t (x); create table log (x); create trigger g after insert on t begin insert into log values (new.x); end; insert into t values (5); select x from log
            """,
            readOnly: false);

        Assert.Equal([1L], results[2].Rows[0]);
        Assert.Equal([5L], results[^1].Rows[0]);
        Assert.Equal(1, results[^2].RowsAffected);
        Assert.Equal([1L], await RowAsync("select count(*) from f where f match 'night'"));
    }

    [Theory]
    [InlineData("select zeroblob(900000000)")]
    [InlineData("select randomblob(900000000)")]
    [InlineData("with recursive d(s) as (select 'x' union all select s || s from d) select max(length(s)) from d")]
    [InlineData("select replace(hex(zeroblob(1000000)), '0', 'a hundred times as long as it was before')")]
    public async Task A_cell_that_is_too_big_is_a_resource_limit(string sql)
    {
        var error = await ErrorAsync(sql);

        Assert.Equal((ErrorKind.ResourceLimit, "cell_too_big"), (error.Type, error.Code));
    }

    [Fact]
    public async Task A_cell_just_below_the_limit_comes_whole() =>
        Assert.Equal(60_000_000, Assert.IsType<byte[]>((await RowAsync("select zeroblob(60000000)"))[0]).Length);

    [Fact]
    public async Task A_stored_cell_that_is_too_big_is_a_resource_limit()
    {
        using (var connection = Connection.Open(Path.Combine(Fixture.Root, "a.db"), 2 | 4)) connection.Execute("create table t (x); insert into t values (zeroblob(70000000))");

        Assert.Equal("cell_too_big", (await ErrorAsync("select x from t")).Code);
    }

    [Fact]
    public async Task A_statement_that_is_too_long_is_refused()
    {
        Assert.Equal("statement_too_long", (await ErrorAsync("select '" + new string('x', 1024 * 1024) + "'")).Code);
        Assert.Equal(ErrorKind.Syntax, (await ErrorAsync("select " + string.Join('+', Enumerable.Repeat("1", 600)))).Type);
    }

    [Fact]
    public async Task A_connection_that_takes_too_much_memory_is_stopped()
    {
        await ResultsAsync("create table t as with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000) select zeroblob(4000) as x from n", readOnly: false);
        const string Roomy = """{"path": "a.db", "cache_size_kib": 65536, "memory_max_bytes": 4194304}""";
        const string Tight = """{"path": "a.db", "cache_size_kib": 1024, "memory_max_bytes": 4194304}""";
        const string Sql = "select sum(length(a.x || 1)) from t a, (select 1 union all select 2) b";

        var error = await ErrorAsync(Sql, settings: Roomy);

        Assert.Equal((ErrorKind.ResourceLimit, "memory_limit"), (error.Type, error.Code));
        await using var source = Fixture.Create(settings: Tight);
        Assert.IsType<StatementOutcome.Completed>((await RunAsync(source, Sql)).Outcome);
    }

    [Fact]
    public async Task A_statement_that_leaves_too_little_of_the_disk_is_stopped()
    {
        await using var source = Fixture.Create(server: Fixture.Options with { MinFreeBytes = long.MaxValue - 1 });

        var outcome = (await RunAsync(source, "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n")).Outcome;

        var error = Assert.IsType<StatementOutcome.Failed>(outcome).Error;
        Assert.Equal((ErrorKind.ResourceLimit, "disk_full"), (error.Type, error.Code));
    }

    [Theory]
    [InlineData("select replace({a}, {b} || 'b', 'c')")]
    [InlineData("select {a} like '%' || substr({b}, 1, 4900) || 'b'")]
    [InlineData("select {a} like '%' || substr({b}, 1, 4900) || 'b' escape '!'")]
    [InlineData("select {a} glob '*' || substr({b}, 1, 4900) || 'b'")]
    [InlineData("select trim({a}, {c} || 'a')")]
    [InlineData("select ltrim({a}, {c} || 'a')")]
    [InlineData("select rtrim({a}, {c} || 'a')")]
    [InlineData("select unhex(printf('%.*c', 16000000, 'z'), {c} || 'z')")]
    public async Task One_long_call_of_a_builtin_heeds_a_cancel(string sql)
    {
        await using var source = Fixture.Create();
        // Made by one quick call, so that the cancel meets the function that is meant.
        foreach (var (name, text) in (ReadOnlySpan<(string, string)>)[("{a}", "printf('%.*c', 16000000, 'a')"), ("{b}", "printf('%.*c', 8000000, 'a')"), ("{c}", "printf('%.*c', 8000000, 'c')")])
        {
            sql = sql.Replace(name, text, StringComparison.Ordinal);
        }

        var writer = new RecordingResultWriter();
        var statement = source.Start(Request("select 1; " + sql), writer, new RecordingObserver(), CancellationToken.None);
        await InsideAfterFirstRowAsync(statement, writer);
        Assert.Equal("sqlite3_interrupt sent", await statement.CancelAsync(CancellationToken.None));

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(TimeSpan.FromSeconds(2)));
        Assert.Equal("the statement's thread has ended", await statement.CancelAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_chain_of_calls_that_each_make_a_big_value_ends_soon_after_a_cancel()
    {
        await using var source = Fixture.Create();
        var chain = string.Join('+', Enumerable.Range(0, 400).Select(i => $"length(hex(x || '{i}'))"));
        var writer = new RecordingResultWriter();
        var statement = source.Start(Request($"select 1; select {chain} from (select zeroblob(8000000) as x)"), writer, new RecordingObserver(), CancellationToken.None);
        await InsideAfterFirstRowAsync(statement, writer);

        await statement.CancelAsync(CancellationToken.None);

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(TimeSpan.FromSeconds(2)));
    }

    /// <summary>Returns once what follows the first row is under way: a call inside SQLite gives no sign of having begun, so that time has to tell.</summary>
    private static async Task InsideAfterFirstRowAsync(IHostedStatement statement, RecordingResultWriter writer)
    {
        await writer.FirstRow.WaitAsync(Patience);
        await Task.WhenAny(statement.Completion, Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System));
        Assert.False(statement.Completion.IsCompleted);
    }

    [Theory]
    [InlineData("select * from (", "select 1", ")")]
    [InlineData("with a as (", "select 1", ") select * from a")]
    public async Task Nesting_that_would_take_the_stack_of_the_process_is_refused(string open, string inner, string close)
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));

        Assert.Equal("statement_too_deep", (await ErrorAsync(Nested(501))).Code);
        Assert.Equal([1L], await RowAsync(Nested(100)));
        Assert.Equal([1L], await RowAsync("select 1 " + string.Concat(Enumerable.Repeat("/* ( */", 600))));
    }

    [Fact]
    public async Task A_long_chain_of_subqueries_does_not_take_the_stack()
    {
        var chain = string.Join(", ", Enumerable.Range(1, 2000).Select(i => $"a{i} as (select * from a{i - 1})"));

        Assert.Equal([1L], await RowAsync($"with a0 as (select 1), {chain} select * from a2000"));
    }

    [Fact]
    public void A_link_that_appears_after_the_path_was_resolved_is_refused_by_the_connection()
    {
        var link = Path.Combine(Fixture.Root, "link.db");
        File.CreateSymbolicLink(link, "a.db");
        var guard = new StatementGuard(true, long.MaxValue, 0, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);

        var refused = Assert.Throws<SourceException>(() => SourceDatabase.Open(link, new(true, false, 1024, 1 << 20, 1 << 20), guard).Dispose());

        Assert.Equal("cannot_open", refused.Error.Code);
    }

    [Theory]
    [InlineData(18)]
    [InlineData(23)]
    [InlineData(9)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(26)]
    [InlineData(29)]
    public void A_read_only_source_refuses_a_write_before_SQLite_does(int action)
    {
        Assert.Equal("read_only", ScriptPolicy.Decide(action, "t", null, readOnly: true)?.Code);
        Assert.Null(ScriptPolicy.Decide(action, "t", null, readOnly: false));
    }

    [Fact]
    public void An_action_that_nobody_knows_is_refused()
    {
        Assert.NotNull(ScriptPolicy.Decide(99, null, null, readOnly: false));
        Assert.NotNull(ScriptPolicy.Decide(0, null, null, readOnly: false));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_our_trouble_and_not_tried_again()
    {
        await File.WriteAllTextAsync(Path.Combine(Fixture.Root, "a.db"), new string('x', 5000));

        var error = await ErrorAsync("select * from sqlite_schema");

        Assert.Equal((ErrorKind.Internal, "not_a_database", "SQLITE_NOTADB", false), (error.Type, error.Code, error.SourceCode, error.Retryable));
    }
}
