using System.Text.Json;
using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Xunit;

namespace Meanwhile.Testing.Sources;

/// <summary>What every hosted source keeps to, whatever system is behind it.</summary>
public abstract class HostedSourceConformance
{
    /// <summary>A cancelled statement must be gone within this time.</summary>
    protected static readonly TimeSpan CancelMax = TimeSpan.FromSeconds(2);

    /// <summary>Whatever has not happened by then does not happen.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The statements to run.</summary>
    protected abstract SourceDialect Dialect { get; }

    /// <summary>A new source; those of one test see the same data.</summary>
    /// <param name="concurrency">How many statements may run at once.</param>
    protected abstract IHostedSource CreateSource(bool readOnly, int concurrency = 8);

    [Fact]
    public async Task Rows_stream_in_order()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter();

        var outcome = await RunAsync(source, Dialect.TenThousandRows, writer);

        Assert.IsType<StatementOutcome.Completed>(outcome);
        var statement = Assert.Single(writer.Statements);
        Assert.True(statement.Ended);
        Assert.Equal(Enumerable.Range(1, 10_000).Select(number => (object?)(long)number), statement.Rows.Select(row => row[0]));
    }

    [Fact]
    public async Task A_statement_without_end_is_gone_soon_after_a_cancel()
    {
        await using var source = CreateSource(readOnly: true);

        await CancelledSoonAsync(source, Dialect.Endless);
    }

    [Fact]
    public async Task One_long_call_is_gone_soon_after_a_cancel()
    {
        if (Dialect.LongCall is not { } longCall) return; // declared: the source has no such call
        await using var source = CreateSource(readOnly: true);

        await CancelledSoonAsync(source, longCall);
    }

    [Fact]
    public async Task A_statement_that_gives_rows_is_gone_soon_after_a_cancel()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter { CountOnly = true };
        var statement = source.Start(Request(Dialect.EndlessRows), writer, new RecordingObserver(), CancellationToken.None);
        await writer.FirstRow.WaitAsync(Patience);

        await statement.CancelAsync(CancellationToken.None);

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(CancelMax));
    }

    [Fact]
    public async Task The_token_cancels_the_same_as_the_call()
    {
        await using var source = CreateSource(readOnly: true);
        using var cancellation = new CancellationTokenSource();
        var writer = new RecordingResultWriter { CountOnly = true };
        var statement = source.Start(Request(Dialect.EndlessRows), writer, new RecordingObserver(), cancellation.Token);
        await writer.FirstRow.WaitAsync(Patience);

        await cancellation.CancelAsync();

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(CancelMax));
    }

    [Fact]
    public async Task A_statement_cancelled_before_it_began_never_runs()
    {
        await using var source = CreateSource(readOnly: true, concurrency: 1);
        var first = new RecordingResultWriter { CountOnly = true };
        var running = source.Start(Request(Dialect.EndlessRows), first, new RecordingObserver(), CancellationToken.None);
        await first.FirstRow.WaitAsync(Patience);
        var second = new RecordingResultWriter();
        var waiting = source.Start(Request(Dialect.TenThousandRows), second, new RecordingObserver(), CancellationToken.None);

        await waiting.CancelAsync(CancellationToken.None);

        Assert.IsType<StatementOutcome.Interrupted>(await waiting.Completion.WaitAsync(CancelMax));
        await running.CancelAsync(CancellationToken.None);
        await running.Completion.WaitAsync(CancelMax);
        Assert.Empty(second.Statements);
    }

    [Fact]
    public async Task A_token_cancelled_beforehand_is_an_outcome_too()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter();

        var statement = source.Start(Request(Dialect.TenThousandRows), writer, new RecordingObserver(), new CancellationToken(canceled: true));

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience));
        Assert.Empty(writer.Statements);
    }

    [Fact]
    public async Task Cancelling_what_has_ended_is_answered_and_changes_nothing()
    {
        await using var source = CreateSource(readOnly: true);
        var statement = source.Start(Request(Dialect.TenThousandRows), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        var outcome = await statement.Completion.WaitAsync(Patience);

        Assert.NotEmpty(await statement.CancelAsync(CancellationToken.None));
        Assert.NotEmpty(await statement.CancelAsync(CancellationToken.None));

        Assert.IsType<StatementOutcome.Completed>(outcome);
        Assert.Same(outcome, await statement.Completion);
    }

    [Fact]
    public async Task A_wrong_statement_is_an_outcome_that_says_why()
    {
        await using var source = CreateSource(readOnly: true);

        var failed = Assert.IsType<StatementOutcome.Failed>(await RunAsync(source, Dialect.Wrong));

        Assert.Contains(failed.Error.Type, new[] { ErrorKind.Syntax, ErrorKind.NotFound });
        Assert.NotEmpty(failed.Error.Message);
        Assert.False(failed.Error.Retryable);
    }

    [Fact]
    public async Task Running_on_waits_for_the_flush_that_the_writer_asks_for()
    {
        await using var source = CreateSource(readOnly: true);
        var disk = new TaskCompletionSource();
        var writer = new RecordingResultWriter { FlushEvery = 100, OnFlush = _ => new ValueTask(disk.Task) };
        var statement = source.Start(Request(Dialect.TenThousandRows), writer, new RecordingObserver(), CancellationToken.None);

        await writer.FirstFlush.WaitAsync(Patience);
        await Task.WhenAny(statement.Completion, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)); // a row that comes meanwhile fails the run
        var rowsBefore = writer.RowCount;
        disk.SetResult();

        Assert.Equal(100, rowsBefore);
        Assert.IsType<StatementOutcome.Completed>(await statement.Completion.WaitAsync(Patience));
        Assert.Equal(100, writer.Flushes);
    }

    [Fact]
    public async Task A_cancel_ends_the_wait_for_a_flush()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter { FlushEvery = 1, OnFlush = token => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)) };
        var statement = source.Start(Request(Dialect.TenThousandRows), writer, new RecordingObserver(), CancellationToken.None);
        await writer.FirstFlush.WaitAsync(Patience);

        await statement.CancelAsync(CancellationToken.None);

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(CancelMax));
    }

    [Fact]
    public async Task A_full_disk_fails_the_statement_as_a_resource_limit()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter { FlushEvery = 1, OnFlush = _ => throw new BlobStoreFullException("The disk is full.") };

        var failed = Assert.IsType<StatementOutcome.Failed>(await RunAsync(source, Dialect.TenThousandRows, writer));

        Assert.Equal((ErrorKind.ResourceLimit, "disk_full"), (failed.Error.Type, failed.Error.Code));
    }

    [Fact]
    public async Task A_writer_that_throws_is_an_outcome_and_no_fault()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter { FlushEvery = 1, OnFlush = _ => throw new InvalidOperationException("broken") };

        var failed = Assert.IsType<StatementOutcome.Failed>(await RunAsync(source, Dialect.TenThousandRows, writer));

        Assert.Equal(ErrorKind.Internal, failed.Error.Type);
    }

    [Fact]
    public async Task Rows_stop_where_the_writer_has_enough()
    {
        await using var source = CreateSource(readOnly: true);
        var writer = new RecordingResultWriter { RowsMax = 10 };

        var outcome = await RunAsync(source, Dialect.EndlessRows, writer);

        Assert.IsType<StatementOutcome.Completed>(outcome);
        Assert.Equal(10, Assert.Single(writer.Statements).Rows.Count);
    }

    [Fact]
    public async Task Nothing_is_written_before_the_intent_to_write_is_durable()
    {
        await using var source = CreateSource(readOnly: false);
        var durable = new TaskCompletionSource();
        var observer = new RecordingObserver { OnBeginEffects = _ => new ValueTask(durable.Task) };
        var statement = source.Start(Request(Dialect.Write), new RecordingResultWriter(), observer, CancellationToken.None);
        await observer.EffectsAsked.WaitAsync(Patience);

        var before = await ValueAsync(source, Dialect.CountWrites);
        durable.SetResult();
        var outcome = await statement.Completion.WaitAsync(Patience);

        Assert.IsType<StatementOutcome.Completed>(outcome);
        Assert.Equal(0L, before);
        Assert.Equal(1L, await ValueAsync(source, Dialect.CountWrites));
    }

    [Fact]
    public async Task Nothing_is_written_once_the_attempt_has_another_owner()
    {
        await using var source = CreateSource(readOnly: false);
        var observer = new RecordingObserver { OnBeginEffects = _ => throw new OperationCanceledException() };

        var outcome = await source.Start(Request(Dialect.Write), new RecordingResultWriter(), observer, CancellationToken.None).Completion.WaitAsync(Patience);

        Assert.IsType<StatementOutcome.Interrupted>(outcome);
        Assert.Equal(0L, await ValueAsync(source, Dialect.CountWrites));
    }

    [Fact]
    public async Task A_read_announces_no_effects()
    {
        await using var source = CreateSource(readOnly: false);
        var observer = new RecordingObserver();

        await source.Start(Request(Dialect.TenThousandRows), new RecordingResultWriter(), observer, CancellationToken.None).Completion.WaitAsync(Patience);

        Assert.Equal(0, observer.Effects);
    }

    [Fact]
    public async Task A_write_on_a_read_only_source_is_refused()
    {
        await using var writable = CreateSource(readOnly: false);
        await using var source = CreateSource(readOnly: true);
        var observer = new RecordingObserver();

        var outcome = await source.Start(Request(Dialect.Write), new RecordingResultWriter(), observer, CancellationToken.None).Completion.WaitAsync(Patience);

        var failed = Assert.IsType<StatementOutcome.Failed>(outcome);
        Assert.Equal((ErrorKind.Permission, "read_only"), (failed.Error.Type, failed.Error.Code));
        Assert.NotNull(failed.Error.Hint);
        Assert.Equal(0, observer.Effects);
        Assert.Equal(0L, await ValueAsync(writable, Dialect.CountWrites));
    }

    [Fact]
    public async Task Parameters_are_bound_by_name_and_by_position()
    {
        await using var source = CreateSource(readOnly: true);

        Assert.Equal("o'clock; --", await ValueAsync(source, Dialect.NamedParameter, """{"a": "o'clock; --"}"""));
        Assert.Equal(long.MaxValue, await ValueAsync(source, Dialect.PositionalParameter, "[9223372036854775807]"));
    }

    [Fact]
    public async Task Progress_is_told_while_rows_stream()
    {
        await using var source = CreateSource(readOnly: true);
        var observer = new RecordingObserver();
        var statement = source.Start(Request(Dialect.EndlessRows), new RecordingResultWriter { CountOnly = true }, observer, CancellationToken.None);

        var rows = await observer.FirstProgress.WaitAsync(Patience);
        await statement.CancelAsync(CancellationToken.None);
        await statement.Completion.WaitAsync(CancelMax);

        Assert.True(rows > 0);
    }

    [Fact]
    public async Task No_more_statements_run_at_once_than_the_source_allows_and_all_of_them_end()
    {
        await using var source = CreateSource(readOnly: true, concurrency: 2);
        var release = new TaskCompletionSource();
        var running = 0;
        var most = 0;
        async ValueTask Flush(CancellationToken cancellationToken)
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await release.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref running);
        }

        RecordingResultWriter[] writers = [.. Enumerable.Range(0, 6).Select(_ => new RecordingResultWriter { FlushEvery = 10_000, OnFlush = Flush })];
        IHostedStatement[] statements = [.. writers.Select(writer => source.Start(Request(Dialect.TenThousandRows), writer, new RecordingObserver(), CancellationToken.None))];
        await Task.WhenAny(writers.Select(writer => writer.FirstFlush)).WaitAsync(Patience);
        release.SetResult();

        var outcomes = await Task.WhenAll(statements.Select(statement => statement.Completion)).WaitAsync(Patience);

        Assert.All(outcomes, outcome => Assert.IsType<StatementOutcome.Completed>(outcome));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task A_check_runs_nothing()
    {
        await using var source = CreateSource(readOnly: false);
        if (!source.Capabilities.DryRun) return; // declared: the source can't

        var (check, error) = await source.CheckAsync(Request(Dialect.Write), CancellationToken.None);

        Assert.Null(error);
        Assert.Equal(1, check!.StatementCount);
        Assert.NotEqual(true, check.ReadOnly);
        Assert.Equal(0L, await ValueAsync(source, Dialect.CountWrites));
    }

    [Fact]
    public async Task A_check_of_a_wrong_statement_says_why()
    {
        await using var source = CreateSource(readOnly: true);
        if (!source.Capabilities.DryRun) return; // declared: the source can't

        var (check, error) = await source.CheckAsync(Request(Dialect.Wrong), CancellationToken.None);

        Assert.Null(check);
        Assert.NotEmpty(error!.Message);
    }

    [Fact]
    public async Task A_probe_of_a_good_source_finds_nothing_wrong()
    {
        await using var source = CreateSource(readOnly: true);

        Assert.Null(await source.ProbeAsync(CancellationToken.None));
    }

    /// <summary>A request.</summary>
    /// <param name="parameters">JSON; null = none.</param>
    protected static StatementRequest Request(string sql, string? parameters = null) => new()
    {
        Sql = sql,
        Tag = "mw:test:1",
        Parameters = parameters is null ? default : JsonDocument.Parse(parameters).RootElement,
    };

    /// <summary>Runs a statement to its end.</summary>
    protected static Task<StatementOutcome> RunAsync(IHostedSource source, string sql, RecordingResultWriter? writer = null, string? parameters = null) =>
        source.Start(Request(sql, parameters), writer ?? new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None).Completion.WaitAsync(Patience);

    /// <summary>The one value that a statement gives.</summary>
    protected static async Task<object?> ValueAsync(IHostedSource source, string sql, string? parameters = null)
    {
        var writer = new RecordingResultWriter();
        var outcome = await RunAsync(source, sql, writer, parameters);
        Assert.True(outcome is StatementOutcome.Completed, (outcome as StatementOutcome.Failed)?.Error.Message);
        return Assert.Single(Assert.Single(writer.Statements[^1].Rows));
    }

    /// <summary>Starts a statement, gives it time to get going, cancels it, and asserts that it is gone in time.</summary>
    protected static async Task CancelledSoonAsync(IHostedSource source, string sql)
    {
        var statement = source.Start(Request(sql), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await Task.WhenAny(statement.Completion, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System)); // it gives no sign of being inside
        Assert.False(statement.Completion.IsCompleted, $"It ended before the cancel: {(statement.Completion.IsCompletedSuccessfully ? statement.Completion.Result : null)}");

        Assert.NotEmpty(await statement.CancelAsync(CancellationToken.None));

        Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(CancelMax));
    }
}
