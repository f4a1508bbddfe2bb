using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class InterruptedWriteTests : SourceTestBase
{
    private const string Endless = "insert into t with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";

    [Theory]
    [InlineData("select 1; " + Endless, true)]
    [InlineData("select 1; begin; insert into t values (1); " + Endless, true)]
    [InlineData("select 1; insert into t values (1); " + Endless, false)]
    [InlineData("begin; insert into t values (1); commit; select 1; " + Endless, false)]
    public async Task A_write_that_was_stopped_is_known_to_be_undone_unless_a_part_is_committed(string sql, bool isUndone)
    {
        await ResultsAsync("create table t(i integer)", readOnly: false);
        await using var source = Fixture.Create(readOnly: false);
        var writer = new RecordingResultWriter();
        var observer = new RecordingObserver();
        var statement = source.Start(Request(sql), writer, observer, CancellationToken.None);
        await writer.FirstRow.WaitAsync(Patience);
        await Task.WhenAny(statement.Completion, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)); // it gives no sign of being inside

        await statement.CancelAsync(CancellationToken.None);

        var stopped = Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience));
        Assert.Equal(isUndone, stopped.WithoutEffect);
        Assert.Equal(isUndone ? 0L : 1L, Assert.Single(Assert.Single(await ResultsAsync("select count(*) from t")).Rows)[0]);
    }
}
