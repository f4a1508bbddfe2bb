using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Dispatch;

public sealed class ClaimLoopTests
{
    [Fact]
    public async Task What_was_claimed_begins_although_the_next_claim_is_not_answered()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.ClaimBatchMax = 2);
        await engine.Administration.PutLimitAsync("tool:query", 0, default); // held back until all are there
        for (var i = 0; i < 6; i++) await engine.Jobs.SubmitAsync(TestEngine.Query($"wait {i}"), default);
        var claims = 0;
        engine.Faults.OnCall = verb => claims += verb == "ClaimAsync" ? 1 : 0;
        engine.Faults.Faults = verb => verb == "ClaimAsync" && claims > 1 ? StoreFault.Silent : StoreFault.None;

        await engine.Administration.DeleteLimitAsync("tool:query", default);

        await Task.WhenAll(engine.Source.StartedAsync("wait 0"), engine.Source.StartedAsync("wait 1"));
        Assert.Equal(["wait 0", "wait 1"], engine.Source.Started.Order());
        engine.Faults.Return();
        for (var i = 2; i < 6; i++) await engine.Source.StartedAsync($"wait {i}");
        Assert.Equal(6, engine.Source.Started.Distinct().Count());
        engine.Source.ReleaseAll();
    }

    [Fact]
    public async Task What_was_claimed_last_before_a_stop_still_runs_to_its_end()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options =>
            (options.ClaimBatchMax, options.ClaimEvery, options.ShutdownGrace) = (2, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(20))));
        var begun = 0;
        var stopping = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Source.OnStart = _ => // while the next claim is written
        {
            if (Interlocked.Increment(ref begun) == 1) stopping.SetResult(Task.Run(() => engine.Host.StopAsync(default)));
        };

        await engine.Administration.PutLimitAsync("tool:query", 0, default); // held back until all are there
        var jobs = (await engine.Jobs.SubmitAsync([.. Enumerable.Repeat(TestEngine.Query("rows 1"), 4)], default)).Select(item => item.Accepted!.Job.Id).ToList();
        await engine.Administration.DeleteLimitAsync("tool:query", default);
        await TestEngine.WithinAsync(await stopping.Task);

        var states = (await engine.Store.GetAsync(jobs, default)).Select(job => job!.State.Status).ToList();
        Assert.All(states, status => Assert.True(status is JobStatus.Pending or JobStatus.Succeeded, $"A job was left {status.Word}."));
        Assert.InRange(states.Count(status => status == JobStatus.Succeeded), 2, 4);
    }
}
