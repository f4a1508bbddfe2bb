using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>Submitting, finishing, cancelling and reporting: what <see cref="IJobStore"/> promises of one job's life.</summary>
public abstract partial class JobStoreConformance : StoreConformance
{
    [Fact]
    public async Task A_submitted_job_is_there_as_it_was_asked_for()
    {
        var retried = await SubmitAsync();
        var spec = Spec() with
        {
            Source = "s",
            Statement = "select 'ü' || :x",
            Params = """{"x":1}""",
            Priority = 7,
            RunAt = Now.AddMinutes(5),
            MaxAttempts = 5,
            Timeout = TimeSpan.FromSeconds(90),
            StartDeadlineAt = Now.AddHours(1),
            Ttl = TimeSpan.FromHours(2),
            Idempotent = true,
            LimitKey = "tenant-1",
            IdempotencyKey = "key-1",
            ContentHash = new byte[32],
            Labels = new Dictionary<string, string> { ["team"] = "data", ["empty"] = "" },
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            RetryOf = retried.Id,
        };

        var accepted = Assert.IsType<Submission.Accepted>((await Store.Jobs.SubmitAsync([spec], Token))[0]);

        var record = await GetAsync(spec.Id);
        Assert.Equal(2, accepted.Sequence);
        Assert.Equal(2, record.Sequence);
        Assert.Equal(Texts.Of(spec), Texts.Of(record.Spec));
        Assert.Equal(JobState.Accepted(spec), record.State);
        Assert.Null(record.Progress);
    }

    [Fact]
    public async Task A_job_with_nothing_but_the_necessary_comes_back_the_same()
    {
        var spec = await SubmitAsync();

        Assert.Equal(Texts.Of(spec), Texts.Of((await GetAsync(spec.Id)).Spec));
    }

    [Fact]
    public async Task Each_project_counts_its_own_sequence_from_one()
    {
        var answers = await Store.Jobs.SubmitAsync([Spec(), Spec() with { Project = "q" }, Spec()], Token);

        Assert.Equal([1, 1, 2], answers.Select(answer => Assert.IsType<Submission.Accepted>(answer).Sequence));
    }

    [Fact]
    public async Task Submitting_the_same_id_again_answers_accepted_and_makes_no_second_job()
    {
        var spec = await SubmitAsync(Spec() with { IdempotencyKey = "k" });

        var again = await Store.Jobs.SubmitAsync([spec, Spec(), spec], Token);

        Assert.Equal([1, 2, 1], again.Select(answer => Assert.IsType<Submission.Accepted>(answer).Sequence));
        Assert.Equal([EventKind.Submitted], await KindsAsync(spec.Id));
    }

    [Fact]
    public async Task Submitting_the_id_of_an_ended_job_again_answers_accepted_and_makes_no_second_job()
    {
        var spec = await SubmitAsync(Spec());
        var fence = await ClaimOneAsync();
        await FinishAsync(fence, Succeeded(fence));

        var again = await Store.Jobs.SubmitAsync([Spec(), spec], Token);

        Assert.Equal([2, 1], again.Select(answer => Assert.IsType<Submission.Accepted>(answer).Sequence));
        Assert.Equal([EventKind.Submitted, EventKind.Started, EventKind.Succeeded], await KindsAsync(spec.Id));
    }

    [Fact]
    public async Task The_same_idempotency_key_with_the_same_content_gives_the_same_job()
    {
        var first = await SubmitAsync(Keyed(1));

        var answer = (await Store.Jobs.SubmitAsync([Keyed(1)], Token))[0];

        Assert.Equal(new Submission.Duplicate(first.Id), answer);
        Assert.Single(await EventsAsync());
    }

    [Fact]
    public async Task The_same_idempotency_key_with_other_content_is_a_conflict_that_names_the_job()
    {
        var first = await SubmitAsync(Keyed(1));

        var answer = (await Store.Jobs.SubmitAsync([Keyed(2)], Token))[0];

        Assert.Equal(new Submission.Conflict(first.Id), answer);
    }

    [Fact]
    public async Task Within_one_call_the_first_with_an_idempotency_key_wins()
    {
        var first = Keyed(1);

        var answers = await Store.Jobs.SubmitAsync([first, Keyed(1), Keyed(2)], Token);

        Assert.Equal([new Submission.Accepted(1), new Submission.Duplicate(first.Id), new Submission.Conflict(first.Id)], answers);
    }

    [Fact]
    public async Task An_idempotency_key_belongs_to_its_project_and_principal()
    {
        var answers = await Store.Jobs.SubmitAsync([Keyed(1), Keyed(2) with { Project = "q" }, Keyed(3) with { SubmittedBy = "k2" }], Token);

        Assert.All(answers, answer => Assert.IsType<Submission.Accepted>(answer));
    }

    [Fact]
    public async Task Of_racing_submissions_with_one_idempotency_key_one_is_accepted()
    {
        var specs = Enumerable.Range(0, 32).Select(_ => Keyed(1)).ToList();

        var answers = await Task.WhenAll(specs.Select(spec => Task.Run(async () => (await Store.Jobs.SubmitAsync([spec], Token))[0])));

        var winner = specs[Array.FindIndex(answers, answer => answer is Submission.Accepted)].Id;
        Assert.Single(answers, answer => answer is Submission.Accepted);
        Assert.Equal(31, answers.Count(answer => answer is Submission.Duplicate duplicate && duplicate.Existing == winner));
    }

    [Fact]
    public async Task Effects_that_began_are_remembered_for_the_attempt()
    {
        var fence = await StartAsync();

        var write = await Store.Jobs.BeginEffectsAsync(fence, commitIsMarked: false, Token);

        Assert.Equal(WriteResult.Applied, write.Result);
        Assert.True((await GetAsync(fence.Job)).State.EffectsBegun);
        Assert.Equal(WriteResult.Applied, (await Store.Jobs.BeginEffectsAsync(fence, commitIsMarked: false, Token)).Result);
    }

    [Fact]
    public async Task A_waiting_job_past_its_start_deadline_ends_as_timeout()
    {
        var late = await SubmitAsync(Spec() with { StartDeadlineAt = Now.AddSeconds(10) });
        await SubmitAsync(Spec() with { StartDeadlineAt = Now.AddSeconds(11) });
        await SubmitAsync();
        Assert.Empty(await Store.Jobs.MissStartsAsync(10, Token));
        Time.Advance(TimeSpan.FromSeconds(10));

        var missed = await Store.Jobs.MissStartsAsync(10, Token);

        Assert.Equal(late.Id, Assert.Single(missed).Id);
        Assert.Equal((JobStatus.Timeout, "start_deadline"), (missed[0].State.Status, missed[0].State.Error!.Code));
        Assert.Empty(await Store.Jobs.MissStartsAsync(10, Token));
    }

    [Fact]
    public async Task A_job_that_has_started_once_has_kept_its_start_deadline()
    {
        var fence = await StartAsync(Spec() with { StartDeadlineAt = Now.AddSeconds(10) });
        await FinishAsync(fence, new AttemptOutcome.HandBack());
        Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Empty(await Store.Jobs.MissStartsAsync(10, Token));
    }

    [Fact]
    public async Task No_more_starts_are_missed_in_one_call_than_asked_for()
    {
        for (var i = 0; i < 3; i++) await SubmitAsync(Spec() with { StartDeadlineAt = Now.AddSeconds(i) });
        Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(2, (await Store.Jobs.MissStartsAsync(2, Token)).Count);
        Assert.Single(await Store.Jobs.MissStartsAsync(2, Token));
    }

    [Fact]
    public async Task Each_change_raises_the_version_and_numbers_its_event_without_a_gap()
    {
        var fence = await StartAsync();
        await Store.Jobs.SaveProgressAsync([new ProgressReport(fence, new JobProgress { Number = 1, Fraction = 0.5 }, true)], Token);
        await FinishAsync(fence, Retry());
        await SucceedAgainAsync();

        var state = (await GetAsync(fence.Job)).State;
        var events = await EventsAsync(fence.Job);

        Assert.Equal(5, state.Version);
        Assert.Equal([1, 2, 3, 4, 5, 6], events.Select(item => item.Data.JobNumber));
        Assert.Equal(6, state.EventCount);
    }

    [Fact]
    public async Task Work_done_by_many_at_once_ends_each_job_once()
    {
        for (var i = 0; i < 50; i++) await SubmitAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (await ClaimAsync(3) is { Jobs.Count: > 0 } claimed)
            {
                foreach (var job in claimed.Jobs) await FinishAsync(job.Fence, Succeeded(job.Fence), Guid.Empty);
            }
        })));

        var events = await EventsAsync();
        Assert.Equal(150, events.Count);
        Assert.Equal(50, events.Where(item => item.Data.Kind.IsEnding).Select(item => item.Job).Distinct().Count());
    }

    [Fact]
    public async Task A_job_that_was_accepted_unseen_and_cannot_run_fails_before_it_begins_and_not_after()
    {
        var (refused, begun) = (await SubmitAsync(), await SubmitAsync(Spec() with { Priority = 9 }));
        await ClaimOneAsync();
        var error = JobError.Of(ErrorKind.Syntax, "There is no such source.", "invalid_request");

        var written = await Store.Jobs.RefuseAsync([new RefusedJob(refused.Id, error), new RefusedJob(begun.Id, error), new RefusedJob(NewId(), error)], Token);

        Assert.Equal([WriteResult.Applied, WriteResult.NotApplicable, WriteResult.NotFound], written.Select(write => write.Result));
        var state = (await GetAsync(refused.Id)).State;
        Assert.Equal((JobStatus.Failed, "invalid_request", 0), (state.Status, state.Error!.Code, state.Attempt));
        Assert.Equal(JobStatus.Running, await StatusAsync(begun.Id));
    }

    private async Task SucceedAgainAsync()
    {
        var fence = await ClaimOneAsync();
        await FinishAsync(fence, Succeeded(fence));
    }

    private JobSpec Keyed(byte content)
    {
        var hash = new byte[32];
        hash[0] = content;
        return Spec() with { IdempotencyKey = "key", ContentHash = hash };
    }
}
