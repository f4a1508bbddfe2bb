using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

public abstract partial class JobStoreConformance
{
    [Fact]
    public async Task A_finish_ends_the_job_with_its_result()
    {
        var fence = await StartAsync();
        Time.Advance(TimeSpan.FromSeconds(5));
        var succeeded = (AttemptOutcome.Succeeded)Succeeded(fence);

        var write = await FinishAsync(fence, succeeded);

        Assert.Equal(WriteResult.Applied, write.Result);
        var record = await GetAsync(fence.Job);
        Assert.Equal(Texts.Of(record), Texts.Of(write.Job!));
        Assert.Equal(JobStatus.Succeeded, record.State.Status);
        Assert.Equal(Now, record.State.FinishedAt);
        Assert.Equal(Now + record.Spec.Ttl, record.State.ExpiresAt);
        Assert.Null(record.State.Owner);
        Assert.Equal(Texts.Of(succeeded.Result), Texts.Of(record.State.Result));
        Assert.Equal([EventKind.Submitted, EventKind.Started, EventKind.Succeeded], await KindsAsync(fence.Job));
    }

    [Fact]
    public async Task A_finish_repeated_with_its_id_answers_applied_and_changes_nothing()
    {
        var fence = await StartAsync();
        var finish = NewFinishId();
        await FinishAsync(fence, Succeeded(fence), finish);
        var version = (await GetAsync(fence.Job)).State.Version;

        var again = await FinishAsync(fence, Failed(), finish);

        Assert.Equal(WriteResult.Applied, again.Result);
        Assert.Equal(JobStatus.Succeeded, again.Job!.State.Status);
        Assert.Equal(version, (await GetAsync(fence.Job)).State.Version);
    }

    [Fact]
    public async Task Another_finish_of_an_ended_attempt_answers_already_ended()
    {
        var fence = await StartAsync();
        await FinishAsync(fence, Succeeded(fence));

        Assert.Equal(WriteResult.AlreadyEnded, (await FinishAsync(fence, Failed())).Result);
        Assert.Equal(JobStatus.Succeeded, await StatusAsync(fence.Job));
    }

    [Fact]
    public async Task A_write_with_another_fence_changes_nothing()
    {
        var fence = await StartAsync();
        var before = Texts.Of(await GetAsync(fence.Job));

        foreach (var stale in (AttemptFence[])[fence with { Fence = fence.Fence - 1 }, fence with { Fence = fence.Fence + 1 }, fence with { Attempt = fence.Attempt + 1 }])
        {
            Assert.Equal(WriteResult.Fenced, (await FinishAsync(stale, Succeeded(stale))).Result);
            Assert.Equal(WriteResult.Fenced, (await Store.Jobs.MarkOverTimeAsync([stale], Token))[0].Result);
            Assert.Equal(WriteResult.Fenced, (await Store.Jobs.NoteCancelAsync([new CancelNote(stale, Now, "x", null, false)], Token))[0].Result);
            Assert.Equal(WriteResult.Fenced, (await Store.Jobs.BeginEffectsAsync(stale, commitIsMarked: false, Token)).Result);
            Assert.Equal([WriteResult.Fenced], await Store.Jobs.SaveProgressAsync([new ProgressReport(stale, new JobProgress { Number = 1 }, true)], Token));
            Assert.Equal(WriteResult.Fenced, await Store.Jobs.SaveCheckpointAsync(stale, "{}", Token));
        }

        Assert.Equal(before, Texts.Of(await GetAsync(fence.Job)));
    }

    [Fact]
    public async Task A_write_about_no_job_answers_not_found()
    {
        var nowhere = new AttemptFence(NewId(), 1, 1);

        Assert.Equal(new JobWrite(WriteResult.NotFound, null), await FinishAsync(nowhere, Succeeded(nowhere)));
        Assert.Equal(WriteResult.NotFound, (await Store.Jobs.RequestCancelAsync([new CancelRequest(nowhere.Job, "k1")], Token))[0].Result);
        Assert.Equal([WriteResult.NotFound], await Store.Jobs.SaveProgressAsync([new ProgressReport(nowhere, new JobProgress { Number = 1 }, false)], Token));
        Assert.Equal(WriteResult.NotFound, await Store.Jobs.SaveCheckpointAsync(nowhere, "{}", Token));
    }

    [Fact]
    public async Task Answers_come_in_the_order_of_what_was_asked()
    {
        var first = await StartAsync();
        var second = await StartAsync();

        var writes = await Store.Jobs.FinishAsync([new AttemptEnd(second, NewFinishId(), Failed()), new AttemptEnd(first, NewFinishId(), Succeeded(first))], Token);

        Assert.Equal([second.Job, first.Job], writes.Select(write => write.Job!.Id));
        Assert.Equal([JobStatus.Failed, JobStatus.Succeeded], writes.Select(write => write.Job!.State.Status));
    }

    [Fact]
    public async Task A_retry_waits_until_its_time_and_is_a_new_attempt_under_a_new_fence()
    {
        var first = await StartAsync();
        await FinishAsync(first, new AttemptOutcome.Retry(JobError.Of(ErrorKind.Transient, "gone away"), Now.AddSeconds(10)));

        Assert.Empty((await ClaimAsync()).Jobs);
        Time.Advance(TimeSpan.FromSeconds(10));
        var second = await ClaimOneAsync();

        Assert.Equal((2, first.Fence + 1), (second.Attempt, second.Fence));
        Assert.Equal(WriteResult.Fenced, (await FinishAsync(first, Succeeded(first))).Result);
        Assert.Equal([EventKind.Submitted, EventKind.Started, EventKind.Retried, EventKind.Started], await KindsAsync(first.Job));
    }

    [Fact]
    public async Task Failures_count_against_max_attempts_and_a_hand_back_or_snooze_does_not()
    {
        var spec = await SubmitAsync(Spec() with { MaxAttempts = 2 });
        foreach (var outcome in (AttemptOutcome[])[new AttemptOutcome.HandBack(), new AttemptOutcome.Snooze(Now, "busy"), Retry(), Retry()])
        {
            await FinishAsync(await ClaimOneAsync(), outcome);
        }

        var state = (await GetAsync(spec.Id)).State;
        Assert.Equal((JobStatus.Failed, 4, 2), (state.Status, state.Attempt, state.AttemptsCounted));
        Assert.Equal("gone away", state.Error!.Message);
    }

    private AttemptOutcome.Retry Retry() => new(JobError.Of(ErrorKind.Transient, "gone away"), Now);
}
