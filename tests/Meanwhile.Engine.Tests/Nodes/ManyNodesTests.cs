using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Stores;

namespace Meanwhile.Nodes;

public sealed class ManyNodesTests : IAsyncLifetime
{
    private readonly TestNodes _nodes = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Fact]
    public async Task Work_of_a_silent_node_runs_again_elsewhere_once_the_old_statement_was_ended_and_the_old_owner_changes_nothing()
    {
        var a = await _nodes.StartAsync("a");
        var job = await TestNodes.RunningAsync(a, "wait");
        List<string> ended = [];
        _nodes.Source.OnEnd = (tags, _) =>
        {
            lock (ended) ended.AddRange(tags);
            return new(new StatementFate(Gone: true, "Terminated.", CommitFate.Unknown));
        };
        var b = await _nodes.StartAsync("b");

        TestNodes.Silence(a);

        var again = await b.UntilAsync(job.Id, seen => seen.Record.State is { Status: JobStatus.Running, Attempt: 2 } && _nodes.Source.Started.Count == 2);
        Assert.Equal("b", again.Record.State.Owner!.Value.Node);
        Assert.Equal([$"mw:{job.ShortId}:1:{job.Id.Value:N}"], ended);
        a.Faults.Return();
        _nodes.Source.ReleaseAll();
        var end = await b.EndedAsync(job.Id);
        Assert.Equal((JobStatus.Succeeded, 2, 1), (end.Status, end.Record.State.Attempt, end.Record.State.AttemptsCounted));
        Assert.Single((await b.Jobs.ReadEventsAsync(job.ShortId, new EventQuery(), default)).Items, item => item.Event.Data.Kind == Events.EventKind.Succeeded);
    }

    [Fact]
    public async Task A_node_that_beats_is_left_alone_and_so_is_everybody_while_the_store_is_away()
    {
        var a = await _nodes.StartAsync("a");
        var job = await TestNodes.RunningAsync(a, "wait");
        var b = await _nodes.StartAsync("b");
        var looks = 0;
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var engine in new[] { a, b }) engine.Faults.GoAway();
        b.Faults.OnCall = verb =>
        {
            if (verb == "ReadBeatsAsync" && Interlocked.Increment(ref looks) == 40) looked.TrySetResult();
        };
        await TestEngine.WithinAsync(looked.Task);
        looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        looks = 0;
        foreach (var engine in new[] { a, b }) engine.Faults.Return();
        await TestEngine.WithinAsync(looked.Task);

        Assert.Equal((JobStatus.Running, 1), ((await b.Jobs.GetAsync(job.ShortId, default)).Status, (await b.Jobs.GetAsync(job.ShortId, default)).Record.State.Attempt));
    }

    [Fact]
    public async Task A_cancel_by_another_node_reaches_the_owner_at_once()
    {
        var a = await _nodes.StartAsync("a", builder => builder.Options.CancelPollEvery = TimeSpan.FromMinutes(1));
        var job = await TestNodes.RunningAsync(a, "wait");
        var b = await _nodes.StartAsync("b", builder => builder.Options.CancelAnswerWithin = TimeSpan.FromMinutes(1));

        await b.Jobs.CancelAsync(job.ShortId, default);

        var end = await b.EndedAsync(job.Id);
        Assert.Equal(JobStatus.Canceled, end.Status);
        Assert.NotNull(end.Record.State.Cancel!.ConfirmedAt);
    }

    [Fact]
    public async Task When_the_owner_does_not_answer_a_cancel_another_node_ends_the_work_at_the_source_and_the_job()
    {
        var a = await _nodes.StartAsync("a", builder => builder.Options.SilenceUntilDead = TimeSpan.FromMinutes(1));
        var job = await TestNodes.RunningAsync(a, "wait");
        var b = await _nodes.StartAsync("b", builder => builder.Options.SilenceUntilDead = TimeSpan.FromMinutes(1));
        _nodes.Source.OnEnd = (_, _) => new(new StatementFate(Gone: true, "Terminated pid 7.", CommitFate.Unknown));
        TestNodes.Silence(a);

        await b.Jobs.CancelAsync(job.ShortId, default);

        var end = await b.EndedAsync(job.Id);
        var cancel = end.Record.State.Cancel!;
        Assert.Equal((JobStatus.Canceled, "Terminated pid 7.", false), (end.Status, cancel.Answer, cancel.Unconfirmed));
        Assert.NotNull(cancel.SentAt);
        Assert.NotNull(cancel.ConfirmedAt);
    }

    [Fact]
    public async Task A_job_whose_node_is_lost_and_whose_work_may_still_run_is_cancelled_only_once_the_work_is_seen_gone()
    {
        var a = await _nodes.StartAsync("a");
        var job = await TestNodes.RunningAsync(a, "wait");
        var gone = false;
        _nodes.Source.OnEnd = (_, _) => new(new StatementFate(Volatile.Read(ref gone), "Still there.", CommitFate.Unknown));
        TestNodes.Silence(a);
        var b = await _nodes.StartAsync("b");
        await b.UntilAsync(job.Id, seen => seen.Record.State.Attempt == 2);

        await b.Jobs.CancelAsync(job.ShortId, default);
        var seen = await b.UntilAsync(job.Id, job => job.Record.State.Cancel?.SentAt is not null);
        Assert.Equal(JobStatus.Running, seen.Status);
        Volatile.Write(ref gone, true);

        Assert.Equal(JobStatus.Canceled, (await b.EndedAsync(job.Id)).Status);
        Assert.Single(_nodes.Source.Started); // nothing ran beside the old statement
    }

    [Theory]
    [InlineData(CommitFate.Committed, JobStatus.Succeeded, null)]
    [InlineData(CommitFate.RolledBack, JobStatus.Running, null)]
    [InlineData(CommitFate.Unknown, JobStatus.Failed, "unknown_outcome")]
    public async Task A_commit_in_doubt_is_what_the_source_says_of_it(CommitFate fate, JobStatus expected, string? code)
    {
        var a = await _nodes.StartAsync("a");
        var job = await TestNodes.RunningAsync(a, "commit 3");
        await a.UntilAsync(job.Id, seen => seen.Record.State.Commit?.Mark is not null);
        string? asked = null;
        _nodes.Source.OnEnd = (_, mark) =>
        {
            asked = mark;
            return new(new StatementFate(Gone: true, "Looked.", fate));
        };
        TestNodes.Silence(a);
        var b = await _nodes.StartAsync("b");

        var started = expected == JobStatus.Running ? 2 : 1;
        var after = await b.UntilAsync(job.Id, seen => seen.Record.State.Attempt == 2 && seen.Status == expected && _nodes.Source.Started.Count == started);
        Assert.Equal(started, _nodes.Source.Started.Count);

        Assert.Equal(("mark", code), (asked, after.Record.State.Error?.Code));
        if (expected == JobStatus.Succeeded) Assert.Equal(3, (await b.Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default)).RowCount);
    }

    [Fact]
    public async Task Work_submitted_at_a_node_that_runs_none_is_claimed_at_once_by_one_that_does()
    {
        var api = await _nodes.StartAsync("api", builder => builder.Options.Roles = NodeRoles.Api);
        await _nodes.StartAsync("worker", builder => (builder.Options.Roles, builder.Options.ClaimEvery) = (NodeRoles.Worker, TimeSpan.FromMinutes(5)));

        var end = await api.RunAsync(TestEngine.Query("rows 1"));

        Assert.Equal(JobStatus.Succeeded, end.Status);
        Assert.Equal("worker", (await api.Jobs.AttemptsAsync(end.ShortId, default))[0].Node);
    }

    [Fact]
    public async Task A_drained_node_claims_nothing_lets_its_work_end_and_claims_again_when_it_may()
    {
        var a = await _nodes.StartAsync("a");
        var running = await TestNodes.RunningAsync(a, "wait");
        Assert.Equal(NodeStatus.Draining, (await a.Administration.SetNodeDrainingAsync("a", draining: true, default)).Status);
        await BeatenAsync(a);
        var waiting = (await a.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default)).Job;

        _nodes.Source.ReleaseAll();
        Assert.Equal(JobStatus.Succeeded, (await a.EndedAsync(running.Id)).Status);
        Assert.Equal(NodeStatus.Drained, (await a.Administration.ListNodesAsync(default))[0].Status);
        Assert.Equal(JobStatus.Pending, (await a.Jobs.GetAsync(waiting.ShortId, default)).Status);

        await a.Administration.SetNodeDrainingAsync("a", draining: false, default);
        Assert.Equal(JobStatus.Succeeded, (await a.EndedAsync(waiting.Id)).Status);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => a.Administration.SetNodeDrainingAsync("nobody", draining: true, default))).Code);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => a.Host.AdministrationAs(TestEngine.Submitter()).SetNodeDrainingAsync("a", draining: true, default))).Code);
    }

    [Fact]
    public async Task A_node_that_stops_ends_its_epoch_so_that_nobody_waits_for_its_silence()
    {
        var a = await _nodes.StartAsync("a");
        var b = await _nodes.StartAsync("b");

        await a.Host.StopAsync(default);

        Assert.Contains(await b.Administration.ListNodesAsync(default), node => node.Node.Node == "a" && node.Status == NodeStatus.Ended);
    }

    [Fact]
    public async Task A_second_server_of_a_name_is_refused_by_what_it_says_and_the_first_keeps_its_work()
    {
        var first = await _nodes.StartAsync("a", BeatingCalmly);
        var job = await TestNodes.RunningAsync(first, "wait");

        var refused = await Assert.ThrowsAsync<StoreUnusableException>(() => _nodes.StartAsync("a", BeatingCalmly));

        Assert.Contains($"'a' is taken: a server of this name works on the store, process {Environment.ProcessId} on host {Environment.MachineName}", refused.Message);
        Assert.Equal(1, Assert.Single(await first.Administration.ListNodesAsync(default)).Node.Epoch);
        _nodes.Source.ReleaseAll();
        Assert.Equal(1, (await first.EndedAsync(job.Id)).Record.State.Attempt);
    }

    [Fact]
    public async Task A_server_that_was_suspended_waits_while_another_works_under_its_name_and_goes_on_when_that_leaves()
    {
        var suspended = await _nodes.StartAsync("a", BeatingCalmly);
        var job = await TestNodes.RunningAsync(suspended, "wait");
        TestNodes.Silence(suspended);
        var successor = await _nodes.StartAsync("a", BeatingCalmly);
        await successor.UntilAsync(job.Id, seen => seen.Record.State is { Status: JobStatus.Running, Attempt: 2 });

        suspended.Faults.Return();
        await suspended.LoggedAsync("This server takes no work until its name is free. The node name 'a' is taken");

        Assert.Equal(2, Assert.Single(await successor.Administration.ListNodesAsync(default), node => node.EndedAt is null).Node.Epoch);
        Assert.Contains("The node is not registered.", suspended.Host.Readiness.Reasons);
        await successor.Host.StopAsync(default);
        var again = await suspended.UntilAsync(job.Id, seen => seen.Record.State is { Status: JobStatus.Running, Attempt: 3 });
        Assert.Equal(new NodeEpoch("a", 3), again.Record.State.Owner);
        await _nodes.Source.StartedAsync("wait", times: 3);
        _nodes.Source.ReleaseAll();
        Assert.Equal(JobStatus.Succeeded, (await suspended.EndedAsync(job.Id)).Status);
    }

    /// <summary>Beats so far apart that a busy machine holds none up for as long as it takes to be taken for dead.</summary>
    private static void BeatingCalmly(MeanwhileBuilder builder) =>
        builder.Configure(options => (options.BeatEvery, options.SilenceUntilDead) = (TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1)));

    /// <summary>Returns once the node has beaten twice, so that it has heard what was stored before.</summary>
    private static async Task BeatenAsync(TestEngine engine)
    {
        var beats = 0;
        var beaten = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Faults.OnCall = verb =>
        {
            if (verb == "BeatAsync" && Interlocked.Increment(ref beats) == 2) beaten.TrySetResult();
        };
        await TestEngine.WithinAsync(beaten.Task);
    }
}
