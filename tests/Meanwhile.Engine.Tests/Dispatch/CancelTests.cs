using Meanwhile.Access;
using Meanwhile.Events;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Dispatch;

public sealed class CancelTests
{
    [Fact]
    public async Task A_job_that_waits_or_is_scheduled_ends_at_once()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.Concurrency = 1);
        var running = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await engine.UntilAsync(running.Id, job => job.Status == JobStatus.Running);
        var waiting = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        var scheduled = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait") with { DelaySeconds = 600 }, default)).Job;

        foreach (var job in new[] { waiting, scheduled })
        {
            var canceled = await engine.Jobs.CancelAsync(job.ShortId, default);
            Assert.Equal((JobStatus.Canceled, "No work was running."), (canceled.Status, canceled.Record.State.Cancel!.Answer));
            Assert.Equal(canceled.Record.State, (await engine.Jobs.CancelAsync(job.ShortId, default)).Record.State);
        }
    }

    [Fact]
    public async Task An_ended_job_keeps_its_ending()
    {
        await using var engine = await TestEngine.StartAsync();
        var ended = await engine.RunAsync(TestEngine.Query("rows 1"));

        var answer = await engine.Jobs.CancelAsync(ended.ShortId, default);

        Assert.Equal(ended.Record.State, answer.Record.State);
    }

    [Fact]
    public async Task A_job_that_waits_for_its_next_attempt_ends_at_once()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Source.RetryAfter = TimeSpan.FromHours(1);
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("fail throttled"), default)).Job;
        var waiting = await engine.UntilAsync(job.Id, seen => seen.Record.State is { Status: JobStatus.Pending, Attempt: 1 });
        Assert.InRange(waiting.Record.State.RunAt - waiting.Record.State.UpdatedAt, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        Assert.StartsWith("Attempt 1 failed (throttled); the next is due at ", waiting.WaitingReason);

        Assert.Equal(JobStatus.Canceled, (await engine.Jobs.CancelAsync(job.ShortId, default)).Status);
    }

    [Fact]
    public async Task Cancels_that_race_with_the_end_leave_one_ending_each()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.Concurrency = 64);
        var jobs = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i => (await engine.Jobs.SubmitAsync(TestEngine.Query(i % 3 == 0 ? "wait" : "rows 3"), default)).Job));

        await Task.WhenAll(jobs.Select(job => engine.Jobs.CancelAsync(job.ShortId, default).AsTask()));

        foreach (var job in jobs)
        {
            Assert.Contains((await engine.EndedAsync(job.Id)).Status, new[] { JobStatus.Succeeded, JobStatus.Canceled });
            var events = await engine.Jobs.ReadEventsAsync(job.ShortId, new EventQuery(), default);
            Assert.Single(events.Items, item => item.Event.Data.Kind.IsEnding);
        }

        Assert.Equal(0, engine.Source.RunningCount);
    }

    [Fact]
    public async Task A_wish_that_was_stored_elsewhere_is_found_by_the_poll()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.CancelPollEvery = TimeSpan.FromMilliseconds(20));
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);

        await engine.Store.RequestCancelAsync([new CancelRequest(job.Id, "somebody")], default);
        var ended = await engine.EndedAsync(job.Id);

        Assert.Equal((JobStatus.Canceled, "somebody", "told"), (ended.Status, ended.Record.State.Cancel!.RequestedBy, ended.Record.State.Cancel.Answer));
    }

    [Fact]
    public async Task A_timeout_of_work_that_does_not_go_is_noted_followed_and_given_up()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options => (options.CancelConfirmWithin, options.GiveUpAfter) = (TimeSpan.Zero, TimeSpan.Zero)));

        var job = await engine.RunAsync(TestEngine.Query("deaf") with { TimeoutSeconds = 0.02 });

        Assert.Equal((JobStatus.Timeout, ErrorKind.UnknownOutcome, true), (job.Status, job.Record.State.Error!.Type, job.Record.State.Cancel!.Unconfirmed));
        var kinds = (await engine.Jobs.ReadEventsAsync(job.ShortId, new EventQuery(), default)).Items.Select(item => item.Event.Data.Kind);
        Assert.Equal([EventKind.Submitted, EventKind.Started, EventKind.CancelRequested, EventKind.CancelSent, EventKind.CancelUnconfirmed, EventKind.TimedOut], kinds);
        engine.Source.ReleaseAll();
    }

    [Fact]
    public async Task Who_cancelled_first_counts_although_the_timeout_comes_too()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options => (options.CancelConfirmWithin, options.CancelPollEvery) = (TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1))));
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("deaf") with { TimeoutSeconds = 0.3 }, default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
        await engine.Store.RequestCancelAsync([new CancelRequest(job.Id, "somebody")], default); // the attempt itself hears of its timeout alone

        await engine.UntilAsync(job.Id, seen => seen.Record.State.Cancel?.SentAt is not null);
        engine.Source.ReleaseAll();
        var ended = await engine.EndedAsync(job.Id);

        Assert.Equal(CancelReason.Requested, ended.Record.State.Cancel!.Reason);
    }

    [Fact]
    public async Task A_cancel_while_the_node_drains_is_an_ending_and_no_hand_back()
    {
        var engine = await TestEngine.StartAsync(builder => builder.Options.CancelPollEvery = TimeSpan.FromMinutes(1));
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
        await engine.Store.RequestCancelAsync([new CancelRequest(job.Id, "somebody")], default);

        await engine.DisposeAsync();

        Assert.Equal(JobStatus.Canceled, (await engine.Store.GetAsync([job.Id], default))[0]!.State.Status);
    }

    [Fact]
    public async Task Writing_work_that_failed_for_a_moment_is_tried_again_only_when_it_may_be_repeated()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Services.Add(new(typeof(Settings.Chance), new Settings.Chance(Random.Shared.NextBytes, () => 0))));

        var once = await engine.RunAsync(TestEngine.Query("writefail transient"));
        var again = await engine.RunAsync(TestEngine.Query("writefail transient") with { Idempotent = true });
        var unknown = await engine.RunAsync(TestEngine.Query("writefail unknown_outcome"));
        var unknownAgain = await engine.RunAsync(TestEngine.Query("writefail unknown_outcome") with { Idempotent = true, MaxAttempts = 2 });

        Assert.Equal([1, 3, 1, 2], new[] { once, again, unknown, unknownAgain }.Select(job => job.Record.State.Attempt));
        Assert.All([once, again, unknown, unknownAgain], job => Assert.Equal(JobStatus.Failed, job.Status));
    }

    [Fact]
    public async Task A_job_that_lives_can_not_be_retried()
    {
        await using var engine = await TestEngine.StartAsync();
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait") with { StartDeadlineSeconds = 100 }, default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.RetryAsync(job.ShortId, default));
        engine.Source.ReleaseAll();
        await engine.EndedAsync(job.Id);
        var again = await engine.Jobs.RetryAsync(job.ShortId, default);

        Assert.Equal((ProblemCodes.Conflict, "running"), (refused.Code, refused.Status));
        Assert.Equal(TimeSpan.FromSeconds(100), again.Record.Spec.StartDeadlineAt - again.Record.Spec.RunAt);
    }
}
