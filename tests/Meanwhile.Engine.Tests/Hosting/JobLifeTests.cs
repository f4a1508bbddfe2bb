using System.Text;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Settings;
using Meanwhile.Sources;

namespace Meanwhile.Hosting;

public sealed class JobLifeTests
{
    [Fact]
    public async Task A_query_runs_to_its_end_and_its_rows_are_read_by_page()
    {
        await using var engine = await TestEngine.StartAsync();

        var job = await engine.RunAsync(TestEngine.Query("rows 2500"));

        Assert.Equal(JobStatus.Succeeded, job.Status);
        var first = await engine.Jobs.ReadResultAsync(job.ShortId.ToUpperInvariant(), new ResultRequest { Limit = 2000 }, default);
        Assert.Equal(2500, first.RowCount);
        Assert.Equal(2000, first.Rows.Count);
        var second = await engine.Jobs.ReadResultAsync(job.Id.ToString(), new ResultRequest { Cursor = first.NextCursor, Limit = 2000 }, default);
        Assert.StartsWith("[2000,", Encoding.UTF8.GetString(second.Rows[0].Span));
        Assert.Equal(500, second.Rows.Count);
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task A_running_query_is_cancelled_with_evidence()
    {
        await using var engine = await TestEngine.StartAsync();
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        await engine.Jobs.CancelAsync(accepted.Job.ShortId, default);
        var job = await engine.EndedAsync(accepted.Job.Id);

        Assert.Equal(JobStatus.Canceled, job.Status);
        var evidence = job.Record.State.Cancel!;
        Assert.Equal("admin", evidence.RequestedBy);
        Assert.Equal("told", evidence.Answer);
        Assert.NotNull(evidence.SentAt);
        Assert.NotNull(evidence.ConfirmedAt);
        Assert.False(evidence.Unconfirmed);
        Assert.Equal(0, engine.Source.RunningCount);
        Assert.Equal(JobStatus.Canceled, (await engine.Jobs.CancelAsync(accepted.Job.ShortId, default)).Status);
    }

    [Fact]
    public async Task Work_that_does_not_go_stays_running_unconfirmed_and_is_given_up_at_last_with_its_slot_still_held()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options =>
        {
            options.SourceConcurrency = 1;
            options.CancelConfirmWithin = TimeSpan.FromMilliseconds(100);
            options.GiveUpAfter = TimeSpan.FromMilliseconds(700);
        }));
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("deaf"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        await engine.Jobs.CancelAsync(accepted.Job.ShortId, default);
        var unconfirmed = await engine.UntilAsync(accepted.Job.Id, job => job.Record.State.Cancel is { Unconfirmed: true });
        Assert.Equal(JobStatus.Running, unconfirmed.Status);
        var ended = await engine.EndedAsync(accepted.Job.Id);

        Assert.Equal(JobStatus.Canceled, ended.Status);
        Assert.Equal(ErrorKind.UnknownOutcome, ended.Record.State.Error!.Type);
        var next = await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default);
        var waiting = await engine.Jobs.WaitAsync(next.Job.ShortId, null, TimeSpan.FromMilliseconds(300), default);
        Assert.Equal(JobStatus.Pending, waiting.Status); // the source's only slot is still counted
        engine.Source.ReleaseAll();
        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(next.Job.Id)).Status);
    }

    [Fact]
    public async Task A_timeout_stops_the_work_and_says_so()
    {
        await using var engine = await TestEngine.StartAsync();

        var job = await engine.RunAsync(TestEngine.Query("wait") with { TimeoutSeconds = 0.1 });

        Assert.Equal(JobStatus.Timeout, job.Status);
        Assert.Equal(CancelReason.Timeout, job.Record.State.Cancel!.Reason);
        Assert.NotNull(job.Record.State.Cancel.ConfirmedAt);
        Assert.Equal(ErrorKind.Timeout, job.Record.State.Error!.Type);
    }

    [Fact]
    public async Task A_start_deadline_ends_a_job_that_never_had_a_slot()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Configure(options =>
        {
            options.Concurrency = 1;
            options.DeadlineEvery = TimeSpan.FromMilliseconds(50);
        }));
        var first = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(first.Job.Id, job => job.Status == JobStatus.Running);

        var late = await engine.RunAsync(TestEngine.Query("rows 1") with { StartDeadlineSeconds = 0.05 });

        Assert.Equal(JobStatus.Timeout, late.Status);
        Assert.Equal("start_deadline", late.Record.State.Error!.Code);
        Assert.Equal(0, late.Record.State.Attempt);
    }

    [Fact]
    public async Task A_transient_failure_is_tried_again_until_no_attempt_is_left()
    {
        var chance = new Chance(Random.Shared.NextBytes, () => 0);
        await using var engine = await TestEngine.StartAsync(builder => builder.Services.Add(new(typeof(Chance), chance)));

        var job = await engine.RunAsync(TestEngine.Query("fail transient") with { MaxAttempts = 3 });

        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Equal(3, job.Record.State.AttemptsCounted);
        var attempts = await engine.Jobs.AttemptsAsync(job.ShortId, default);
        Assert.Equal(["retried", "retried", "failed"], attempts.Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task While_a_source_can_not_be_reached_each_attempt_fails_and_none_waits_for_what_the_ones_before_left()
    {
        var chance = new Chance(Random.Shared.NextBytes, () => 0);
        await using var engine = await TestEngine.StartAsync(builder => builder.Services.Add(new(typeof(Chance), chance)));
        engine.Source.Capabilities = new SourceCapabilities { EndsFromAnyNode = true };
        engine.Source.OnEnd = (_, _) => new(new StatementFate(Gone: false, "The server could not be reached.", CommitFate.Unknown));
        engine.Source.OnProbe = _ => new(JobError.Of(ErrorKind.Transient, "Nothing listens there.", "connection_refused"));

        var job = await engine.RunAsync(TestEngine.Query("fail transient") with { MaxAttempts = 3 });

        Assert.Equal((JobStatus.Failed, "connection_refused"), (job.Status, job.Record.State.Error?.Code));
        var attempts = await engine.Jobs.AttemptsAsync(job.ShortId, default);
        Assert.Equal(["retried", "retried", "failed"], attempts.Select(attempt => attempt.Outcome));
        Assert.Single(engine.Source.Started); // nothing ran beside what may be left
    }

    [Fact]
    public async Task A_syntax_error_is_not_tried_again()
    {
        await using var engine = await TestEngine.StartAsync();

        var job = await engine.RunAsync(TestEngine.Query("fail syntax"));

        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Equal(1, job.Record.State.Attempt);
        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await engine.Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default));
        Assert.Equal(ProblemCodes.NoResult, refused.Problem.Code);
    }

    [Fact]
    public async Task A_graceful_stop_hands_work_back_uncounted_and_the_next_start_runs_it()
    {
        var engine = await TestEngine.StartAsync();
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        await engine.DisposeAsync();

        var handedBack = (await engine.Store.GetAsync([accepted.Job.Id], default))[0]!;
        Assert.Equal(JobStatus.Pending, handedBack.State.Status);
        Assert.Equal(0, handedBack.State.AttemptsCounted);
        await using var next = await TestEngine.StartAsync(store: engine.Store, blobs: engine.Blobs);
        await next.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);
        next.Source.ReleaseAll();
        Assert.Equal(JobStatus.Succeeded, (await next.EndedAsync(accepted.Job.Id)).Status);
    }

    [Fact]
    public async Task Writing_work_that_shutdown_stops_ends_as_unknown_unless_it_may_be_repeated_or_is_known_to_be_undone()
    {
        var engine = await TestEngine.StartAsync();
        var careful = await engine.Jobs.SubmitAsync(TestEngine.Query("write once"), default);
        var repeatable = await engine.Jobs.SubmitAsync(TestEngine.Query("write again") with { Idempotent = true }, default);
        var undone = await engine.Jobs.SubmitAsync(TestEngine.Query("writeback"), default);
        await engine.UntilAsync(careful.Job.Id, job => job.Record.State.EffectsBegun);
        await engine.UntilAsync(repeatable.Job.Id, job => job.Record.State.EffectsBegun);
        await engine.UntilAsync(undone.Job.Id, job => job.Record.State.EffectsBegun);

        await engine.DisposeAsync();

        var ended = await engine.Store.GetAsync([careful.Job.Id, repeatable.Job.Id, undone.Job.Id], default);
        Assert.Equal(JobStatus.Failed, ended[0]!.State.Status);
        Assert.Equal(ErrorKind.UnknownOutcome, ended[0]!.State.Error!.Type);
        Assert.Equal(JobStatus.Pending, ended[1]!.State.Status);
        Assert.Equal((JobStatus.Pending, 0), (ended[2]!.State.Status, ended[2]!.State.AttemptsCounted));
    }

    [Fact]
    public async Task The_result_of_a_job_that_is_not_done_is_refused_with_its_status()
    {
        await using var engine = await TestEngine.StartAsync();
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await engine.Jobs.ReadResultAsync(accepted.Job.ShortId, new ResultRequest(), default));

        Assert.Equal(ProblemCodes.NotDone, refused.Problem.Code);
        Assert.Equal("running", refused.Problem.Status);
    }

    [Fact]
    public async Task A_job_can_be_retried_by_hand_once_it_has_ended()
    {
        await using var engine = await TestEngine.StartAsync();
        var job = await engine.RunAsync(TestEngine.Query("fail syntax"));

        var again = await engine.Jobs.RetryAsync(job.ShortId, default);

        Assert.NotEqual(job.Id, again.Id);
        Assert.Equal(job.Id, again.Record.Spec.RetryOf);
        Assert.Equal(job.Record.Spec.Statement, again.Record.Spec.Statement);
    }
}
