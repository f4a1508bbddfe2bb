using Meanwhile.Jobs;
using Meanwhile.Postgres.Source;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class CancelTests(SharedCluster shared) : SourceTestBase(shared)
{
    private const string Tag = "mw:jcancel:1";

    [Theory]
    [InlineData("select pg_sleep(600)", "ended the statement")]
    [InlineData("select stubborn()", "pg_terminate_backend")]
    public async Task A_cancelled_statement_is_gone_within_a_second_with_evidence(string sql, string evidence)
    {
        await Database.AsSuperuserAsync("create function stubborn() returns int language plpgsql as $$ begin loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$");
        await using var source = Database.Create();
        var statement = source.Start(Request(sql, tag: Tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await ActiveAsync();
        var started = TimeProvider.System.GetTimestamp();

        var answer = await statement.CancelAsync(CancellationToken.None);
        var outcome = await statement.Completion.WaitAsync(Patience);

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
        Assert.Equal(0, await Database.RunningAsync(Tag + "' and state = 'active"));
        Assert.Contains(evidence, answer, StringComparison.Ordinal);
        Assert.True(Assert.IsType<StatementOutcome.Interrupted>(outcome).WithoutEffect);
        Assert.Contains("has ended", await statement.CancelAsync(CancellationToken.None), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancel_that_comes_just_before_its_statement_is_asked_for_again_where_nothing_can_be_terminated()
    {
        await using var source = Database.Create(configure: options => options with { TerminateAfter = TimeSpan.FromHours(1) });
        var begins = new SemaphoreSlim(0);
        var goesOn = new SemaphoreSlim(0);
        var writer = new RecordingResultWriter { OnBegin = () => { begins.Release(); goesOn.Wait(); } };
        var statement = (PostgresStatement)source.Start(Request("select pg_sleep(600)", tag: Tag), writer, new RecordingObserver(), CancellationToken.None);
        Assert.True(await begins.WaitAsync(Patience));

        var told = new TaskCompletionSource();
        await using var registration = statement.Stop.Register(told.SetResult);
        var answer = statement.CancelAsync(CancellationToken.None).AsTask();
        await told.Task.WaitAsync(Patience);
        goesOn.Release();

        Assert.Contains("ended the statement", await answer.WaitAsync(Patience), StringComparison.Ordinal);
        Assert.True(Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience)).WithoutEffect);
    }

    [Fact]
    public async Task Another_node_ends_what_runs_under_a_tag_and_nothing_else()
    {
        await using var owner = Database.Create();
        await using var other = Database.Create();
        var statement = owner.Start(Request("select pg_sleep(600)", tag: Tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        var bystander = owner.Start(Request("select pg_sleep(600)", tag: "mw:jcancel:2"), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await ActiveAsync();
        await ActiveAsync("mw:jcancel:2");

        var fate = await other.EndAsync([Tag], null, CancellationToken.None);

        Assert.True(fate.Gone);
        Assert.Contains("pg_terminate_backend", fate.Answer, StringComparison.Ordinal);
        Assert.Equal(CommitFate.Unknown, fate.Commit);
        Assert.Equal((0L, 1L), (await Database.RunningAsync(Tag), await Database.RunningAsync("mw:jcancel:2")));
        var failed = Assert.IsType<StatementOutcome.Failed>(await statement.Completion.WaitAsync(Patience));
        Assert.Equal((ErrorKind.Transient, "terminated_at_source", "57P01"), (failed.Error.Type, failed.Error.Code, failed.Error.SqlState));
        var again = await other.EndAsync([Tag], null, CancellationToken.None);
        Assert.True(again.Gone);
        Assert.Contains("no backend", again.Answer, StringComparison.Ordinal);
        Assert.True((await other.EndAsync(["mw:jcancel:3", "mw:jcancel:2"], null, CancellationToken.None)).Gone);
        Assert.Equal(0L, await Database.RunningAsync("mw:jcancel:2"));
        await bystander.CancelAsync(CancellationToken.None);
        await bystander.Completion.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_commit_is_marked_and_its_fate_can_be_asked_for_by_the_mark()
    {
        await using var source = Database.Create(readOnly: false);
        var committed = new RecordingObserver();
        var rolledBack = new RecordingObserver { OnBeginCommit = (_, _) => throw new OperationCanceledException() };
        var writer = new RecordingResultWriter();
        var handedOver = 0;
        var late = new RecordingObserver { OnBeginCommit = (_, _) => { handedOver = writer.Statements.Count(statement => statement.Ended); return ValueTask.CompletedTask; } };

        Assert.IsType<StatementOutcome.Completed>(await RunAsync(source, "insert into written values (1)", observer: committed));
        var interrupted = Assert.IsType<StatementOutcome.Interrupted>(await RunAsync(source, "insert into written values (2)", observer: rolledBack));
        await RunAsync(source, "insert into written values (3) returning x; select 5", writer, observer: late);

        Assert.True(interrupted.WithoutEffect);
        Assert.Equal(2, handedOver);
        Assert.True(committed.CommitIsMarked);
        Assert.Equal(CommitFate.Committed, (await source.EndAsync([Tag], committed.CommitMark, CancellationToken.None)).Commit);
        Assert.Equal(CommitFate.RolledBack, (await source.EndAsync([Tag], rolledBack.CommitMark, CancellationToken.None)).Commit);
        Assert.Equal(CommitFate.Unknown, (await source.EndAsync([Tag], "pg1:1:00000001:7", CancellationToken.None)).Commit);
        Assert.Equal(CommitFate.Unknown, (await source.EndAsync([Tag], "nonsense", CancellationToken.None)).Commit);
        Assert.Equal(4L, await Database.AsSuperuserAsync("select sum(x) from written"));
        Assert.True(committed.CommitMark!.Length <= 200);
    }

    [Fact]
    public async Task A_read_is_not_marked_and_a_query_whose_function_writes_is()
    {
        await Database.AsSuperuserAsync($"create function write_one() returns int language sql as 'insert into written values (2) returning x'; grant insert on written to {Database.Writer}");
        await using var source = Database.Create(readOnly: false);
        var (reads, writes) = (new RecordingObserver(), new RecordingObserver());

        await RunAsync(source, "select 1", observer: reads);
        await RunAsync(source, "select write_one()", observer: writes);

        Assert.Equal((0, null), (reads.Effects, reads.CommitMark));
        Assert.Equal(1, writes.Effects);
        Assert.NotNull(writes.CommitMark);
    }

    [Fact]
    public async Task A_cancel_before_the_commit_leaves_nothing_and_says_so()
    {
        await using var source = Database.Create(readOnly: false);
        var statement = source.Start(Request("insert into written values (1); select pg_sleep(600)", tag: Tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await ActiveAsync();

        await statement.CancelAsync(CancellationToken.None);

        Assert.True(Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience)).WithoutEffect);
        Assert.Equal(0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task A_cancel_of_what_commits_piece_by_piece_does_not_say_that_nothing_was_written()
    {
        await using var source = Database.Create(readOnly: false);
        var observer = new RecordingObserver();
        var statement = source.Start(Request("begin; insert into written values (1); commit; select pg_sleep(600)", tag: Tag), new RecordingResultWriter(), observer, CancellationToken.None);
        await ActiveAsync();

        await statement.CancelAsync(CancellationToken.None);

        Assert.False(observer.CommitIsMarked);
        Assert.False(Assert.IsType<StatementOutcome.Interrupted>(await statement.Completion.WaitAsync(Patience)).WithoutEffect);
        Assert.Equal(1L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Theory]
    [InlineData(false, CommitFate.RolledBack)]
    [InlineData(true, CommitFate.Committed)]
    public async Task The_connection_that_breaks_during_commit_is_resolved_by_the_server(bool commits, CommitFate fate)
    {
        // a deferred trigger runs within COMMIT: there its own backend is terminated, or, with the answer to a commit withheld, by the proxy
        await using var proxy = new CutProxy(Shared.Cluster.Port);
        await Database.AsSuperuserAsync(commits
            ? "select 1"
            : "create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(10); return null; end $$; create constraint trigger die after insert on written deferrable initially deferred for each row execute function die()");
        await using var source = Database.Create(readOnly: false, more: $$""", "port": {{proxy.Port}}""");
        var observer = new RecordingObserver
        {
            OnBeginCommit = (_, _) =>
            {
                if (commits) proxy.CutAnswers();
                return ValueTask.CompletedTask;
            },
        };

        var outcome = await RunAsync(source, "insert into written values (1)", observer: observer);

        if (commits) Assert.IsType<StatementOutcome.Completed>(outcome);
        else Assert.True(Assert.IsType<StatementOutcome.Failed>(outcome).Error is { Type: ErrorKind.Transient, Retryable: true } error && error.Message.Contains("rolled back", StringComparison.Ordinal));
        Assert.Equal(fate, (await source.EndAsync([Tag], observer.CommitMark, CancellationToken.None)).Commit);
        Assert.Equal(commits ? 1L : 0L, await Database.AsSuperuserAsync("select count(*) from written"));
    }

    [Fact]
    public async Task What_commits_piece_by_piece_is_in_doubt_once_its_connection_is_lost()
    {
        await using var source = Database.Create(readOnly: false);
        var statement = source.Start(Request("do $$ begin insert into written values (1); perform pg_sleep(600); end $$", tag: Tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await ActiveAsync();

        await source.EndAsync([Tag], null, CancellationToken.None);

        var error = Assert.IsType<StatementOutcome.Failed>(await statement.Completion.WaitAsync(Patience)).Error;
        Assert.Equal((ErrorKind.UnknownOutcome, false), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task A_statement_whose_client_is_gone_ends_by_itself()
    {
        await using var proxy = new CutProxy(Shared.Cluster.Port);
        await using var source = Database.Create(more: $$""", "port": {{proxy.Port}}""", configure: options => options with { OrphansEndWithin = TimeSpan.FromMilliseconds(200), SeeGoneWithin = TimeSpan.Zero });
        var statement = source.Start(Request("select pg_sleep(600)", tag: Tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await ActiveAsync();

        await proxy.DisposeAsync();

        await statement.Completion.WaitAsync(Patience);
        for (var look = 0; look < 100 && await Database.RunningAsync(Tag) > 0; look++) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.Equal(0L, await Database.RunningAsync(Tag));
    }

    private async Task ActiveAsync(string tag = Tag)
    {
        for (var look = 0; look < 500; look++)
        {
            if (await Database.RunningAsync(tag + "' and wait_event = 'PgSleep") > 0) return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Fail($"No statement of {tag} began.");
    }
}
