using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Hosting;

public sealed class StoreOutageTests
{
    [Fact]
    public async Task A_submission_that_was_not_stored_says_so_and_when_to_try_again()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.Faults = verb => verb == "SubmitAsync" ? StoreFault.Silent : StoreFault.None;

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default));

        Assert.Equal(ProblemCodes.Unavailable, refused.Code);
        Assert.Null(refused.Outcome);
        Assert.NotNull(refused.RetryAfter);
        engine.Faults.Return();
        Assert.Empty((await engine.Jobs.ListAsync(new(), null, null, default)).Items);
    }

    [Fact]
    public async Task A_submission_whose_answer_was_lost_is_looked_up_and_accepted()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.Faults = verb => verb == "SubmitAsync" ? StoreFault.AnswerLost : StoreFault.None;

        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default);

        Assert.True(accepted.Created);
        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(accepted.Job.Id)).Status);
    }

    [Fact]
    public async Task A_submission_that_nobody_can_look_up_is_unknown_and_names_its_job()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.Faults = verb => verb is "SubmitAsync" ? StoreFault.AnswerLost : StoreFault.Silent;

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default));

        Assert.Equal((ProblemCodes.Unavailable, "unknown"), (refused.Code, refused.Outcome));
        engine.Faults.Return();
        Assert.True(JobId.TryParse(refused.JobId, out var id));
        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(id)).Status);
    }

    [Fact]
    public async Task An_accepted_job_is_answered_as_accepted_although_its_place_in_the_queue_is_not_known()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.Faults = verb => verb == "PositionsAsync" ? StoreFault.Silent : StoreFault.None;

        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default);

        Assert.True(accepted.Created);
        Assert.Null(accepted.Job.PositionInQueue);
    }

    [Fact]
    public async Task Each_job_of_a_batch_has_its_own_answer_when_the_store_does_not()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.Faults = verb => verb is "SubmitAsync" ? StoreFault.AnswerLost : StoreFault.Silent;
        var unknown = await engine.Jobs.SubmitAsync([TestEngine.Query("rows 1"), TestEngine.Query("rows 2"), TestEngine.Query("")], default);
        engine.Faults.Faults = verb => verb is "SubmitAsync" ? StoreFault.AnswerLost : StoreFault.None;
        var stored = await engine.Jobs.SubmitAsync([TestEngine.Query("rows 1")], default);
        engine.Faults.Faults = verb => verb is "SubmitAsync" ? StoreFault.Silent : StoreFault.None;
        var lost = await engine.Jobs.SubmitAsync([TestEngine.Query("rows 1")], default);
        engine.Faults.Return();

        Assert.Equal(["unknown", "unknown", null], unknown.Select(item => item.Refused!.Outcome));
        Assert.Equal(2, unknown.Select(item => item.Refused!.JobId).OfType<string>().Distinct().Count());
        Assert.Equal(ProblemCodes.InvalidRequest, unknown[2].Refused!.Code);
        Assert.NotNull(stored[0].Accepted);
        Assert.Equal((ProblemCodes.Unavailable, null), (lost[0].Refused!.Code, lost[0].Refused!.Outcome));
    }

    [Fact]
    public async Task Running_work_goes_on_is_served_from_memory_and_its_ending_is_stored_once_the_store_is_back()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options => options.BeatEvery = TimeSpan.FromMilliseconds(20)));
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);
        var finishTried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Faults.OnCall = verb =>
        {
            if (verb == "FinishAsync") finishTried.TrySetResult();
        };

        engine.Faults.GoAway();
        var byId = await engine.Jobs.GetAsync(accepted.Job.Id.ToString(), default);
        var byShortId = await engine.Jobs.WaitAsync(accepted.Job.ShortId, null, TimeSpan.Zero, default);
        engine.Source.ReleaseAll();
        await TestEngine.WithinAsync(finishTried.Task);
        Assert.Contains("The store does not answer.", engine.Host.Readiness.Reasons);
        engine.Faults.Return();
        var ended = await engine.EndedAsync(accepted.Job.Id);

        Assert.All([byId, byShortId], job => Assert.Equal((true, JobStatus.Running), (job.Stale, job.Status)));
        Assert.Equal(JobStatus.Succeeded, ended.Status);
        Assert.Equal(1, ended.Record.State.Attempt);
        Assert.False(ended.Stale);
        Assert.Single(engine.Source.Started);
    }

    [Fact]
    public async Task Another_projects_running_job_is_not_served_from_memory()
    {
        await using var engine = await TestEngine.StartAsync();
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        engine.Faults.GoAway();
        var other = engine.Host.As(TestEngine.Submitter("other"));
        var refused = await TestEngine.RefusedAsync(() => other.GetAsync(accepted.Job.Id.ToString(), default));
        var byShortId = await TestEngine.RefusedAsync(() => other.GetAsync(accepted.Job.ShortId, default));
        engine.Faults.Return();

        Assert.Equal(ProblemCodes.Unavailable, refused.Code);
        Assert.Equal(ProblemCodes.Unavailable, byShortId.Code);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_taken_up_and_run_once()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.Faults = verb => verb == "ClaimAsync" ? StoreFault.AnswerLost : StoreFault.None;

        var job = await engine.RunAsync(TestEngine.Query("rows 1"));

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal(1, job.Record.State.Attempt);
        Assert.Single(engine.Source.Started);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_brings_the_checkpoint_along()
    {
        string? seen = null;
        var tool = new ScriptedTool(async (_, context, stop) =>
        {
            if (context.Attempt == 2) seen = context.Checkpoint(ToolJson.Default.ToolPlace)?.Step.ToString();
            if (context.Attempt == 2) return "done";
            await context.SaveCheckpointAsync(new ToolPlace(7), ToolJson.Default.ToolPlace, stop);
            context.Snooze(TimeSpan.Zero, "again");
            return "";
        });
        await using var engine = await TestEngine.StartAsync(builder => builder.AddTool(tool));
        engine.Faults.Faults = verb => verb == "ClaimAsync" ? StoreFault.AnswerLost : StoreFault.None;

        var job = await engine.RunAsync(ScriptedTool.Request());

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal("7", seen);
    }

    [Fact]
    public async Task Progress_that_could_not_be_stored_is_stored_once_the_store_is_back()
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tool = new ScriptedTool(async (_, context, _) =>
        {
            await said.Task;
            context.Progress(0.4, "on the way");
            await end.Task;
            return "done";
        });
        await using var engine = await TestEngine.StartAsync(builder => builder.AddTool(tool).Configure(options => options.ProgressEvery = TimeSpan.FromMilliseconds(20)));
        var accepted = await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Record.Progress is not null);
        engine.Faults.OnCall = verb =>
        {
            if (verb == "SaveProgressAsync") tried.TrySetResult();
        };
        engine.Faults.GoAway();
        said.SetResult();
        await TestEngine.WithinAsync(tried.Task);

        engine.Faults.Return();

        var job = await engine.UntilAsync(accepted.Job.Id, seen => seen.Record.Progress?.Fraction == 0.4);
        Assert.Equal("on the way", job.Record.Progress!.Message);
        end.SetResult();
    }

    [Fact]
    public async Task Reading_and_changing_are_refused_as_unavailable_at_every_door()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Faults.GoAway();

        List<Problem> refusals =
        [
            await TestEngine.RefusedAsync(() => engine.Jobs.ListAsync(new(), null, null, default)),
            await TestEngine.RefusedAsync(() => engine.Jobs.CancelAsync(new JobId(new Guid("0199b2f0-1234-7abc-8def-0123456789ab")).ToString(), default)),
            await TestEngine.RefusedAsync(() => engine.Jobs.ReadEventsAsync(null, new(), default)),
            await TestEngine.RefusedAsync(() => engine.Administration.PutLimitAsync("tool:query", 1, default)),
            await TestEngine.RefusedAsync(() => engine.Administration.DeleteLimitAsync("tool:query", default).AsTask()),
            await TestEngine.RefusedAsync(() => engine.Administration.StatsAsync(default)),
        ];
        engine.Faults.Return();

        Assert.All(refusals, refused => Assert.Equal(ProblemCodes.Unavailable, refused.Code));
    }

    [Fact]
    public async Task A_stop_while_the_store_is_away_ends_and_the_next_start_runs_the_work_again()
    {
        var engine = await TestEngine.StartAsync(builder => builder.Configure(options => options.ShutdownStop = TimeSpan.FromMilliseconds(50)));
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Faults.OnCall = verb =>
        {
            if (verb == "FinishAsync") tried.TrySetResult();
        };
        engine.Faults.GoAway();
        engine.Source.ReleaseAll();
        await TestEngine.WithinAsync(tried.Task);

        await TestEngine.WithinAsync(engine.DisposeAsync().AsTask());

        await using var next = await TestEngine.StartAsync(store: engine.Store, blobs: engine.Blobs);
        await next.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);
        next.Source.ReleaseAll();
        var ended = await next.EndedAsync(accepted.Job.Id);
        Assert.Equal((JobStatus.Succeeded, 2), (ended.Status, ended.Record.State.Attempt));
        Assert.Contains("left to the next start", engine.Log);
    }
}
