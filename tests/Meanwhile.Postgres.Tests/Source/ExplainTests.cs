using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class ExplainTests(SharedCluster shared) : SourceTestBase(shared)
{
    [Fact]
    public async Task A_dry_run_says_what_the_planner_expects_and_what_the_text_is()
    {
        await using var source = Database.Create();

        var (check, error) = await source.CheckAsync(Request("select x, x + :a as y from written where x = :b; select 'last' as z", """{"a": 1, "b": 2}"""), TestContext.Current.CancellationToken);

        Assert.Null(error);
        Assert.Equal((2, true), (check!.StatementCount, check.ReadOnly));
        Assert.Equal("z", Assert.Single(check.Columns).Name);
        Assert.Equal(["a", "b"], check.ParameterNames);
        using var plans = JsonDocument.Parse(check.Plan!);
        Assert.Equal("Seq Scan", plans.RootElement[0].GetProperty("Plan").GetProperty("Node Type").GetString());
        Assert.Equal(2, plans.RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("insert into written values (1)", false)]
    [InlineData("with w as (insert into written values (1) returning x) select * from w", false)]
    [InlineData("select 1", null)]
    [InlineData("create table t (x int)", false)]
    [InlineData("vacuum written", false)]
    [InlineData("do $$ begin insert into written values (1); end $$", false)]
    public async Task A_dry_run_writes_nothing(string sql, bool? readOnly)
    {
        await using var source = Database.Create(readOnly: false);

        var (check, error) = await source.CheckAsync(Request(sql), TestContext.Current.CancellationToken);

        Assert.Null(error);
        Assert.Equal(readOnly, check!.ReadOnly);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from pg_class where relname = 't'"));
    }

    [Theory]
    [InlineData("analyze insert into written values (1)")]
    [InlineData("analyze select 1")]
    [InlineData("(analyze) insert into written values (1)")]
    [InlineData("analyze, verbose) insert into written values (1)")]
    [InlineData("verbose insert into written values (1)")]
    public async Task A_text_that_begins_with_analyze_is_not_executed(string sql)
    {
        await using var source = Database.Create(readOnly: false);

        var (check, error) = await source.CheckAsync(Request(sql), TestContext.Current.CancellationToken);

        Assert.Null(check);
        Assert.Equal((ErrorKind.Syntax, "42601"), (error!.Type, error.SqlState));
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task Explain_analyze_in_a_dry_run_is_not_executed()
    {
        await using var source = Database.Create(readOnly: false);

        var (check, _) = await source.CheckAsync(Request("explain analyze insert into written values (1)"), TestContext.Current.CancellationToken);

        Assert.Null(check!.Plan);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task A_dry_run_tells_the_place_of_an_error()
    {
        await using var source = Database.Create();

        var (_, error) = await source.CheckAsync(Request("select 1; select nocolumn"), TestContext.Current.CancellationToken);

        Assert.Equal(("42703", 18), (error!.SqlState, error.Position));
    }

    [Theory]
    [InlineData("select 1", 1, null, null)]
    [InlineData("set work_mem = '1MB'; show work_mem", 1, null, null)]
    [InlineData("select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b", 1000, "cost_over_limit", "more than the maximum of 1000")]
    [InlineData("select * from generate_series(1, 1000); select * from generate_series(1, 1000); select * from generate_series(1, 1000)", 25, "cost_over_limit", "of 30")]
    [InlineData("copy (select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b) to stdout", 1000, "cost_over_limit", "of 1000")]
    [InlineData("copy (select 1) to stdout", 1, null, null)]
    [InlineData("copy written to stdout", 1000, "cost_unknown", "COPY")]
    [InlineData("do $$ begin insert into written values (2); end $$", 1000, "cost_unknown", "DO")]
    [InlineData("insert into written select i from generate_series(1, 1000000) i", 10, "cost_over_limit", "of 10")]
    [InlineData("create table t as select i from generate_series(1, 1000000) i", 10, "cost_over_limit", "of 10")]
    [InlineData("explain analyze insert into written values (1)", 1000, "cost_unknown", "EXPLAIN")]
    [InlineData("insert into written values (1); insert into written select i from generate_series(1, 1000000) i", 10, "cost_over_limit", "of 10")]
    public async Task What_is_expected_to_cost_too_much_does_not_run(string sql, double costMax, string? code, string? words)
    {
        await using var source = Database.Create(readOnly: false);

        var outcome = await source.Start(Request(sql) with { CostMax = costMax }, new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None).Completion.WaitAsync(Patience);

        if (code is null)
        {
            Assert.IsType<StatementOutcome.Completed>(outcome);
            return;
        }

        var error = Assert.IsType<StatementOutcome.Failed>(outcome).Error;
        Assert.Equal((ErrorKind.ResourceLimit, code, false), (error.Type, error.Code, error.Retryable));
        Assert.Contains(words!, error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }
}
