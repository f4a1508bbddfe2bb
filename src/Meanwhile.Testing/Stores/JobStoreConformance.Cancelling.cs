using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

public abstract partial class JobStoreConformance
{
    [Fact]
    public async Task Cancelling_a_waiting_job_ends_it_at_once()
    {
        var spec = await SubmitAsync();

        var write = (await Store.Jobs.RequestCancelAsync([new CancelRequest(spec.Id, "k9")], Token))[0];

        Assert.Equal((WriteResult.Applied, JobStatus.Canceled), (write.Result, write.Job!.State.Status));
        Assert.Equal("k9", write.Job.State.Cancel!.RequestedBy);
        Assert.Equal(Now, write.Job.State.Cancel.ConfirmedAt);
        Assert.Empty((await ClaimAsync()).Jobs);
    }

    [Fact]
    public async Task Cancelling_a_running_job_keeps_the_wish_until_its_work_is_gone()
    {
        var fence = await StartAsync();

        var write = (await Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k9")], Token))[0];

        Assert.Equal((WriteResult.Applied, JobStatus.Running), (write.Result, write.Job!.State.Status));
        var stopped = await FinishAsync(fence, new AttemptOutcome.Stopped(Now, "interrupted", Now));
        Assert.Equal(JobStatus.Canceled, stopped.Job!.State.Status);
        Assert.Equal("interrupted", stopped.Job.State.Cancel!.Answer);
    }

    [Fact]
    public async Task Cancelling_twice_is_applied_and_tells_of_it_once()
    {
        var fence = await StartAsync();
        await Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k1")], Token);

        var again = (await Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k2")], Token))[0];

        Assert.Equal(WriteResult.Applied, again.Result);
        Assert.Equal("k1", again.Job!.State.Cancel!.RequestedBy);
        Assert.Single(await KindsAsync(fence.Job), EventKind.CancelRequested);
    }

    [Fact]
    public async Task Cancelling_an_ended_job_leaves_its_ending()
    {
        var job = await SucceedAsync();

        var write = (await Store.Jobs.RequestCancelAsync([new CancelRequest(job, "k1")], Token))[0];

        Assert.Equal((WriteResult.AlreadyEnded, JobStatus.Succeeded), (write.Result, write.Job!.State.Status));
    }

    [Fact]
    public async Task An_attempt_that_is_handed_back_after_a_cancel_ends_the_job()
    {
        var fence = await StartAsync();
        await Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k1")], Token);

        var write = await FinishAsync(fence, new AttemptOutcome.HandBack());

        Assert.Equal(JobStatus.Canceled, write.Job!.State.Status);
    }

    [Fact]
    public async Task An_attempt_over_its_timeout_is_stopped_and_ends_as_timeout()
    {
        var fence = await StartAsync(Spec() with { Timeout = TimeSpan.FromSeconds(1) });

        var marked = (await Store.Jobs.MarkOverTimeAsync([fence], Token))[0];
        var ended = await FinishAsync(fence, new AttemptOutcome.Stopped(Now, null, Now));

        Assert.Equal(CancelReason.Timeout, marked.Job!.State.Cancel!.Reason);
        Assert.Equal((JobStatus.Timeout, ErrorKind.Timeout), (ended.Job!.State.Status, ended.Job.State.Error!.Type));
    }

    [Fact]
    public async Task What_is_known_of_a_cancel_adds_up()
    {
        var fence = await StartAsync();
        await Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k1")], Token);
        var sentAt = Now;
        await Store.Jobs.NoteCancelAsync([new CancelNote(fence, sentAt, null, null, false)], Token);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.Jobs.NoteCancelAsync([new CancelNote(fence, Now, "still there", null, true)], Token);

        var cancel = (await GetAsync(fence.Job)).State.Cancel!;

        Assert.Equal((sentAt, "still there", null, true), (cancel.SentAt, cancel.Answer, cancel.ConfirmedAt, cancel.Unconfirmed));
        Assert.Equal([EventKind.CancelRequested, EventKind.CancelSent, EventKind.CancelUnconfirmed], (await KindsAsync(fence.Job))[2..]);
    }

    [Fact]
    public async Task A_note_about_a_cancel_that_nobody_asked_for_is_not_applicable()
    {
        var fence = await StartAsync();

        Assert.Equal(WriteResult.NotApplicable, (await Store.Jobs.NoteCancelAsync([new CancelNote(fence, Now, null, null, false)], Token))[0].Result);
    }
}
