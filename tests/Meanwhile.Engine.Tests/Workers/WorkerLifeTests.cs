using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;
using Meanwhile.Tools;

namespace Meanwhile.Workers;

/// <summary>Workers and time: silence, timeouts, lost answers, patience with cancels.</summary>
public sealed class WorkerLifeTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private TestEngine _engine = null!;
    private IWorkers _workers = null!;
    private WorkerLease _lease = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await StartAsync();
        _workers = _engine.Host.WorkersAs(TestEngine.Admin);
        _lease = await _workers.RegisterAsync(new WorkerRegistration { Name = "w", Tools = ["t"] }, default);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task A_silent_worker_is_taken_for_dead_and_its_work_goes_on_elsewhere_counted()
    {
        var job = await SubmitAsync();
        var work = await ClaimAsync();
        await _workers.CheckpointAsync(work.Fence, System.Text.Json.JsonElement.Parse("5"), default);

        await PassAsync(29, beat: false);
        Assert.Equal(JobStatus.Running, (await GetAsync(job)).Status);
        await PassAsync(4, beat: false);

        var state = (await GetAsync(job)).Record.State;
        Assert.Equal((JobStatus.Pending, 1, "node_lost"), (state.Status, state.AttemptsCounted, state.Error!.Code));
        var next = await _workers.RegisterAsync(new WorkerRegistration { Name = "w2", Tools = ["t"] }, default);
        Assert.Equal("5", Assert.Single((await _workers.ClaimAsync(next.Worker, 1, TimeSpan.Zero, default)).Jobs).Checkpoint);
        Assert.Equal(ProblemCodes.WorkerEnded, (await TestEngine.RefusedAsync(() => _workers.BeatAsync(_lease.Worker, [], default))).Code);
    }

    [Fact]
    public async Task A_worker_that_beats_keeps_its_work_and_lives_on_over_a_restart_of_the_server()
    {
        var job = await SubmitAsync();
        var work = await ClaimAsync();
        await PassAsync(90, beat: true, work.Fence);
        Assert.Equal(JobStatus.Running, (await GetAsync(job)).Status);

        await _engine.DisposeAsync();
        _engine = await StartAsync(_engine.Store, _engine.Blobs);
        _workers = _engine.Host.WorkersAs(TestEngine.Admin);
        await PassAsync(60, beat: true, work.Fence);
        await _workers.LogAsync(work.Fence, ["after"], default);

        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, new WorkerFinish { Outcome = WorkerOutcome.Succeeded }, default));
        Assert.Equal(1, (await GetAsync(job)).Record.State.Attempt);
    }

    [Fact]
    public async Task A_log_goes_on_after_a_restart_of_the_server()
    {
        var job = await SubmitAsync();
        var work = await ClaimAsync();
        await _workers.LogAsync(work.Fence, ["before"], default);

        await _engine.DisposeAsync();
        _engine = await StartAsync(_engine.Store, _engine.Blobs);
        _workers = _engine.Host.WorkersAs(TestEngine.Admin);
        await _workers.LogAsync(work.Fence, ["after"], default);

        using var log = new StreamReader(await _engine.Jobs.OpenLogAsync(job.ToString(), null, default));
        Assert.Equal("before\nafter\n", await log.ReadToEndAsync());
        Assert.Equal(13, (await GetAsync(job)).Record.Progress!.LogBytes);
    }

    [Fact]
    public async Task A_job_over_its_timeout_is_told_followed_and_given_up_as_any_other()
    {
        var job = await SubmitAsync(new JobRequest { Tool = "t", TimeoutSeconds = 20 });
        var work = await ClaimAsync();
        await PassAsync(19, beat: true, work.Fence);
        Assert.Null((await GetAsync(job)).Record.State.Cancel);

        await PassAsync(4, beat: true, work.Fence);
        Assert.Equal([new StoppedAttempt(work.Fence, WorkerStop.Timeout)], (await BeatAsync(work.Fence)).Stop);
        var told = (await GetAsync(job)).Record.State.Cancel!;
        Assert.Equal((CancelReason.Timeout, false), (told.Reason, told.Unconfirmed));
        Assert.NotNull(told.SentAt);
        await PassAsync(14, beat: true, work.Fence);
        Assert.True((await GetAsync(job)).Record.State.Cancel!.Unconfirmed);
        await PassAsync(3_620, beat: true, work.Fence);

        var state = (await GetAsync(job)).Record.State;
        Assert.Equal((JobStatus.Timeout, ErrorKind.UnknownOutcome), (state.Status, state.Error!.Type));
        Assert.Equal([new StoppedAttempt(work.Fence, WorkerStop.Fenced)], (await BeatAsync(work.Fence)).Stop);
    }

    [Fact]
    public async Task A_job_whose_claim_was_never_heard_of_goes_back_to_the_queue_uncounted()
    {
        var job = await SubmitAsync();
        await ClaimAsync();

        await PassAsync(14, beat: true);
        Assert.Equal(JobStatus.Running, (await GetAsync(job)).Status);
        await PassAsync(4, beat: true);

        var state = (await GetAsync(job)).Record.State;
        Assert.Equal((JobStatus.Pending, 0), (state.Status, state.AttemptsCounted));
        Assert.Equal(2, (await ClaimAsync()).Fence.Attempt);
    }

    [Fact]
    public async Task A_job_that_may_run_once_and_whose_claim_was_never_heard_of_is_in_doubt()
    {
        var job = await SubmitAsync(new JobRequest { Tool = "once" });
        _lease = await _workers.RegisterAsync(new WorkerRegistration { Name = "w", Tools = ["once"] }, default);
        await ClaimAsync();

        await PassAsync(18, beat: true);

        var state = (await GetAsync(job)).Record.State;
        Assert.Equal((JobStatus.Failed, ErrorKind.UnknownOutcome), (state.Status, state.Error!.Type));
    }

    [Fact]
    public async Task Work_that_is_claimed_for_somebody_who_has_gone_is_given_back_at_once()
    {
        var job = await SubmitAsync();
        using var gone = new CancellationTokenSource();
        _engine.Faults.OnCall = verb =>
        {
            if (verb == "ClaimAsync") gone.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _workers.ClaimAsync(_lease.Worker, 1, TimeSpan.Zero, gone.Token));

        _engine.Faults.OnCall = null;
        Assert.Equal((JobStatus.Pending, 0), ((await GetAsync(job)).Status, (await GetAsync(job)).Record.State.AttemptsCounted));
    }

    [Fact]
    public async Task A_worker_that_is_drained_hears_of_it_and_is_given_nothing_more()
    {
        await SubmitAsync();
        await _engine.Administration.SetNodeDrainingAsync(_lease.Worker.Node, true, default);
        await PassAsync(2, beat: false);

        Assert.True((await BeatAsync()).Drain);
        var claim = await _workers.ClaimAsync(_lease.Worker, 1, TimeSpan.FromSeconds(30), default);
        Assert.Equal((0, true), (claim.Jobs.Count, claim.PollAfter > TimeSpan.Zero));
        await _engine.Administration.SetNodeDrainingAsync(_lease.Worker.Node, false, default);
        await PassAsync(2, beat: false);
        await ClaimAsync();
    }

    [Fact]
    public async Task A_silent_store_refuses_a_workers_words_and_says_when_to_send_them_again()
    {
        await SubmitAsync();
        var work = await ClaimAsync();
        _engine.Faults.Faults = verb => verb == "FinishAsync" ? StoreFault.AnswerLost : StoreFault.None;
        var finish = new WorkerFinish { Outcome = WorkerOutcome.Succeeded, Summary = "1" };
        var problem = await TestEngine.RefusedAsync(() => _workers.FinishAsync(work.Fence, finish, default));
        Assert.Equal((ProblemCodes.Unavailable, true), (problem.Code, problem.RetryAfter > TimeSpan.Zero));

        _engine.Faults.Faults = _ => StoreFault.None;

        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, finish, default));
    }

    private async Task<TestEngine> StartAsync(ModelStore? store = null, ModelBlobStore? blobs = null) => await TestEngine.StartAsync(
        builder => builder
            .AddTool(new ToolDefinition { Descriptor = new ToolDescriptor { Name = "t", Description = "Does a thing." } })
            .AddTool(new ToolDefinition { Descriptor = new ToolDescriptor { Name = "once", Description = "Pays.", Repeatable = false } }),
        store ?? new ModelStore(_time, Random.Shared.NextBytes),
        blobs,
        time: _time);

    private async Task<JobId> SubmitAsync(JobRequest? request = null) => (await _engine.Jobs.SubmitAsync(request ?? new JobRequest { Tool = "t" }, default)).Job.Id;

    private async Task<WorkerJob> ClaimAsync() => Assert.Single((await _workers.ClaimAsync(_lease.Worker, 1, TimeSpan.Zero, default)).Jobs);

    private ValueTask<Job> GetAsync(JobId job) => _engine.Jobs.GetAsync(job.ToString(), default);

    private ValueTask<WorkerBeat> BeatAsync(params AttemptFence[] running) => _workers.BeatAsync(_lease.Worker, running, default);

    /// <summary>Lets seconds pass, one by one, with a beat every other; each is over when the engine has looked at the nodes' beats.</summary>
    private async Task PassAsync(int seconds, bool beat, params AttemptFence[] running)
    {
        for (var second = 0; second < seconds; second++)
        {
            if (beat && second % 2 == 0) await BeatAsync(running);
            var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _engine.Faults.OnCall = verb =>
            {
                if (verb == "ReadBeatsAsync") looked.TrySetResult();
            };
            _time.Advance(TimeSpan.FromSeconds(1));
            await TestEngine.WithinAsync(looked.Task);
        }

        _engine.Faults.OnCall = null;
    }
}
