using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Nodes;

public sealed class NodeLifeTests
{
    [Theory]
    [InlineData(20, 60_000)] // found by the beat
    [InlineData(2_000, 20)] // found by the claim
    public async Task A_node_that_was_declared_dead_stops_its_work_registers_anew_and_goes_on(int beatMs, int claimMs)
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options =>
            (options.BeatEvery, options.ClaimEvery) = (TimeSpan.FromMilliseconds(beatMs), TimeSpan.FromMilliseconds(claimMs))));
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
        var finishes = 0;
        engine.Faults.OnCall = verb => finishes += verb == "FinishAsync" ? 1 : 0;

        await engine.Store.DeclareDeadAsync(new NodeEpoch("node", 1), default);
        await engine.UntilAsync(job.Id, seen => seen.Record.State is { Status: JobStatus.Running, Attempt: 2 });
        await engine.Source.StartedAsync("wait", times: 2);

        Assert.Equal(0, finishes); // the first attempt wrote nothing
        Assert.Equal(new NodeEpoch("node", 2), (await engine.Jobs.GetAsync(job.ShortId, default)).Record.State.Owner);
        engine.Source.ReleaseAll();
        var ended = await engine.EndedAsync(job.Id);
        Assert.Equal((JobStatus.Succeeded, 2, 1), (ended.Status, ended.Record.State.Attempt, ended.Record.State.AttemptsCounted));
        Assert.Contains("was declared dead", engine.Log);
    }

    [Fact]
    public async Task A_beat_that_goes_unanswered_keeps_the_node_and_its_work()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.BeatEvery = TimeSpan.FromMilliseconds(20));
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
        var beats = 0;
        var beaten = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Faults.Faults = verb => verb == "BeatAsync" && ++beats <= 3 ? StoreFault.AnswerLost : StoreFault.None;
        engine.Faults.OnCall = verb =>
        {
            if (verb == "BeatAsync" && beats > 3) beaten.TrySetResult();
        };

        await TestEngine.WithinAsync(beaten.Task);

        Assert.Equal((JobStatus.Running, 1), ((await engine.Jobs.GetAsync(job.ShortId, default)).Status, engine.Source.RunningCount));
        engine.Source.ReleaseAll();
        Assert.Equal(1, (await engine.EndedAsync(job.Id)).Record.State.Attempt);
        Assert.Contains("The store answers again", engine.Log);
    }

    [Fact]
    public async Task A_loop_outlives_a_round_that_fails_for_no_reason_of_the_stores()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options =>
            (options.BeatEvery, options.ClaimEvery, options.DeadlineEvery) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20))));
        var calls = new Dictionary<string, int> { ["BeatAsync"] = 0, ["ClaimAsync"] = 0, ["MissStartsAsync"] = 0 };
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Faults.OnCall = verb =>
        {
            lock (calls)
            {
                if (!calls.ContainsKey(verb)) return;
                if (++calls[verb] == 1) throw new InvalidOperationException("a bug");
                if (calls.Values.All(count => count > 1)) all.TrySetResult();
            }
        };

        await TestEngine.WithinAsync(all.Task);

        Assert.Equal(JobStatus.Succeeded, (await engine.RunAsync(TestEngine.Query("rows 1"))).Status);
        foreach (var said in new[] { "A round of beating failed", "A round of claiming failed", "A round of looking at start deadlines failed" }) Assert.Contains(said, engine.Log);
    }
}
