using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Sources;
using Meanwhile.Tools;

namespace Meanwhile.Dispatch;

public sealed class ClaimOrderTests
{
    [Fact]
    public async Task Two_projects_that_wait_for_a_shared_source_with_one_slot_take_turns()
    {
        await using var engine = await StartAsync(concurrency: 1);
        foreach (var project in new[] { "one", "two" }) await engine.Administration.PutProjectAsync(project, null, null, true, default);
        await BlockAsync(engine);
        for (var i = 0; i < 4; i++) await SubmitAsync(engine, "one", $"one {i}");
        for (var i = 0; i < 4; i++) await SubmitAsync(engine, "two", $"two {i}");

        var order = await RunOneByOneAsync(engine, 8);

        // Each has had its half after every second one, although all of the first project's were there before.
        for (var taken = 2; taken <= 8; taken += 2) Assert.Equal(taken / 2, order.Take(taken).Count(sql => sql.StartsWith("one", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_project_of_three_times_the_weight_holds_three_times_the_slots()
    {
        await using var engine = await StartAsync(concurrency: 100, nodeConcurrency: 8);
        await engine.Administration.PutProjectAsync("heavy", null, 3, true, default);
        await engine.Administration.PutProjectAsync("light", null, 1, true, default);
        await engine.Administration.PutLimitAsync("source:db", 0, default); // paused until all is there
        for (var i = 0; i < 10; i++) await SubmitAsync(engine, "light", $"light {i}");
        for (var i = 0; i < 10; i++) await SubmitAsync(engine, "heavy", $"heavy {i}");
        Assert.Empty(engine.Source.Started);

        var all = StartedAsync(engine, 8);
        await engine.Administration.PutLimitAsync("source:db", 100, default);
        await all;

        Assert.Equal((6, 2), (engine.Source.Started.Count(sql => sql.StartsWith("heavy", StringComparison.Ordinal)), engine.Source.Started.Count(sql => sql.StartsWith("light", StringComparison.Ordinal))));
        engine.Source.ReleaseAll();
    }

    [Fact]
    public async Task Within_a_project_a_higher_priority_goes_first_then_who_came_first()
    {
        await using var engine = await StartAsync(concurrency: 1);
        await BlockAsync(engine);
        foreach (var (sql, priority) in new[] { ("low", 0), ("high", 9), ("middle", 5), ("middle too", 5) })
            await engine.Jobs.SubmitAsync(TestEngine.Query(sql) with { Priority = priority }, default);

        Assert.Equal(["high", "middle", "middle too", "low"], await RunOneByOneAsync(engine, 4));
    }

    [Theory]
    [InlineData("key:default/k")]
    [InlineData("project:default")]
    [InlineData("tool:query")]
    [InlineData("source:db")]
    public async Task A_limit_is_never_exceeded_and_zero_pauses(string key)
    {
        await using var engine = await StartAsync(concurrency: 100, nodeConcurrency: 64);
        await engine.Administration.PutLimitAsync(key, 0, default);
        var jobs = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i => (await engine.Jobs.SubmitAsync(TestEngine.Query($"rows {i}") with { LimitKey = "k" }, default)).Job));
        Assert.Empty(engine.Source.Started);
        Assert.Equal(JobStatus.Pending, (await engine.Jobs.GetAsync(jobs[0].ShortId, default)).Status);

        await engine.Administration.PutLimitAsync(key, 3, default);
        foreach (var job in jobs) Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(job.Id)).Status);

        Assert.InRange(engine.Source.RunningMax, 1, 3);
        Assert.Equal(40, engine.Source.Started.Count);
    }

    [Fact]
    public async Task A_node_never_runs_more_than_it_may()
    {
        await using var engine = await StartAsync(concurrency: 100, nodeConcurrency: 4);

        var jobs = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => (await engine.Jobs.SubmitAsync(TestEngine.Query($"rows {i}"), default)).Job));
        foreach (var job in jobs) await engine.EndedAsync(job.Id);

        Assert.InRange(engine.Source.RunningMax, 1, 4);
    }

    [Fact]
    public async Task A_tool_never_runs_more_often_at_once_than_its_descriptor_says()
    {
        var (running, most) = (0, 0);
        var gate = new Lock();
        var tool = new ScriptedTool(async (_, _, _) =>
        {
            lock (gate) most = Math.Max(most, ++running);
            await Task.Yield();
            lock (gate) running--;
            return "";
        })
        { Descriptor = new ToolDescriptor { Name = ScriptedTool.Name, Description = "Few at once.", Concurrency = 2 } };
        await using var engine = await TestEngine.StartAsync(builder => builder.AddTool(tool));

        var jobs = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ => (await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default)).Job));
        foreach (var job in jobs) await engine.EndedAsync(job.Id);

        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task A_limit_that_somebody_set_goes_over_what_the_source_says()
    {
        await using var engine = await StartAsync(concurrency: 100, nodeConcurrency: 64);
        await engine.Administration.PutSourceAsync(SourceAdminTests.Source("own", options: new SourceOptions { Concurrency = 50 }), true, default);
        await engine.Administration.PutLimitAsync("source:default/own", 2, default);

        var jobs = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i => (await engine.Jobs.SubmitAsync(TestEngine.Query($"rows {i}", "own"), default)).Job));
        foreach (var job in jobs) await engine.EndedAsync(job.Id);

        Assert.InRange(engine.Source.RunningMax, 1, 2);
    }

    [Fact]
    public async Task A_waiting_job_says_its_place_and_why_it_waits()
    {
        await using var engine = await StartAsync(concurrency: 1);
        await BlockAsync(engine);

        var first = (await engine.Jobs.SubmitAsync(TestEngine.Query("a"), default)).Job;
        var second = (await engine.Jobs.SubmitAsync(TestEngine.Query("b"), default)).Job;
        var third = (await engine.Jobs.SubmitAsync(TestEngine.Query("c"), default)).Job;
        var later = (await engine.Jobs.SubmitAsync(TestEngine.Query("d") with { DelaySeconds = 1000 }, default)).Job;

        Assert.Equal([0, 1, 2, null], new[] { first, second, third, later }.Select(job => job.PositionInQueue));
        Assert.EndsWith("Next in line at source 'db'.", first.WaitingReason);
        Assert.EndsWith("1 job is ahead at source 'db'.", second.WaitingReason);
        Assert.EndsWith("2 jobs are ahead at source 'db'.", third.WaitingReason);
        Assert.StartsWith("Due at ", later.WaitingReason);
    }

    [Fact]
    public async Task A_long_queue_is_counted_up_to_a_thousand_and_not_for_every_submission()
    {
        await using var engine = await StartAsync(concurrency: 1);
        await BlockAsync(engine);
        var batch = await engine.Jobs.SubmitAsync(Enumerable.Range(0, 1000).Select(i => TestEngine.Query($"q {i}")).ToList(), default);
        var counts = 0;
        await engine.Jobs.SubmitAsync(TestEngine.Query("one more"), default);
        engine.Faults.OnCall = verb => counts += verb == "PositionsAsync" ? 1 : 0;

        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("and one"), default)).Job;

        Assert.Equal(1000, job.PositionInQueue);
        Assert.EndsWith("1000 or more jobs are ahead at source 'db'.", job.WaitingReason);
        Assert.InRange(counts, 0, 1);
        await engine.Jobs.CancelAsync(batch.Select(item => item.Accepted!.Job.ShortId).ToList(), default);
    }

    [Fact]
    public async Task A_job_that_is_claimed_before_its_place_is_looked_up_makes_no_queue_long()
    {
        await using var engine = await StartAsync(concurrency: 1);
        engine.Faults.OnCall = verb =>
        {
            if (verb == "PositionsAsync") SpinWait.SpinUntil(() => Pending(engine) == 0, TimeSpan.FromSeconds(20));
        };
        await engine.RunAsync(TestEngine.Query("rows 1"));
        engine.Faults.OnCall = null;
        await BlockAsync(engine);

        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("alone"), default)).Job;

        Assert.Equal(0, job.PositionInQueue);
    }

    private static long Pending(TestEngine engine) => engine.Store.CountAsync("default", default).AsTask().Result.Where(count => count.Status == JobStatus.Pending).Sum(count => count.Count);

    [Fact]
    public async Task Work_that_is_given_up_keeps_its_slot_although_telling_it_failed()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options =>
            (options.SourceConcurrency, options.CancelConfirmWithin, options.GiveUpAfter) = (1, TimeSpan.Zero, TimeSpan.Zero)));
        var rude = (await engine.Jobs.SubmitAsync(TestEngine.Query("rude"), default)).Job;
        await engine.UntilAsync(rude.Id, job => job.Status == JobStatus.Running);
        await engine.Jobs.CancelAsync(rude.ShortId, default);
        var ended = await engine.EndedAsync(rude.Id);

        var next = (await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default)).Job;
        Assert.Equal(JobStatus.Pending, (await engine.Jobs.WaitAsync(next.ShortId, null, TimeSpan.FromMilliseconds(100), default)).Status);
        engine.Source.ReleaseAll();

        Assert.Equal((JobStatus.Canceled, ErrorKind.UnknownOutcome), (ended.Status, ended.Record.State.Error!.Type));
        Assert.Contains("not listening", ended.Record.State.Cancel!.Answer);
        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(next.Id)).Status);
    }

    private static Task<TestEngine> StartAsync(int concurrency, int nodeConcurrency = 16) => TestEngine.StartAsync(builder =>
        builder.Configure(options => (options.SourceConcurrency, options.Concurrency, options.ClaimEvery) = (concurrency, nodeConcurrency, TimeSpan.FromMilliseconds(20))));

    /// <summary>Takes the source's slot, so that what comes next waits.</summary>
    private static async Task BlockAsync(TestEngine engine)
    {
        var blocker = await engine.Jobs.SubmitAsync(TestEngine.Query("blocker"), default);
        await engine.UntilAsync(blocker.Job.Id, job => job.Status == JobStatus.Running);
    }

    private static async Task SubmitAsync(TestEngine engine, string project, string sql) =>
        await engine.Host.As(TestEngine.Submitter(project)).SubmitAsync(TestEngine.Query(sql), default);

    /// <summary>Ends what runs again and again, and tells in which order the others started.</summary>
    private static async Task<IReadOnlyList<string>> RunOneByOneAsync(TestEngine engine, int count)
    {
        List<string> order = [];
        for (var i = 0; i < count; i++)
        {
            var next = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            engine.Source.OnStart = sql => next.TrySetResult(sql);
            engine.Source.ReleaseAll();
            order.Add(await next.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        }

        engine.Source.OnStart = null;
        engine.Source.ReleaseAll();
        return order;
    }

    private static Task StartedAsync(TestEngine engine, int count)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = count;
        engine.Source.OnStart = _ =>
        {
            if (Interlocked.Decrement(ref left) == 0) all.TrySetResult();
        };
        return TestEngine.WithinAsync(all.Task);
    }
}
