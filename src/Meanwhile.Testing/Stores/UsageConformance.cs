using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="IUsage"/> promises.</summary>
public abstract class UsageConformance : StoreConformance
{
    private static readonly UsageLimit TwoLive = new(UsageKind.LiveJobs, null, 2);

    [Fact]
    public async Task A_job_within_its_limits_is_accepted_as_any_other()
    {
        var plain = await SubmitAsync();
        var spec = Spec() with { Statement = "select 1", Labels = new Dictionary<string, string> { ["l"] = "a" } };

        var answer = Assert.Single(await Store.Usage.SubmitAsync([new LimitedJob(spec, [TwoLive])], Token));

        Assert.Equal(new Submission.Accepted((await GetAsync(plain.Id)).Sequence + 1), answer);
        Assert.Equal(Texts.Of(spec), Texts.Of((await GetAsync(spec.Id)).Spec));
        Assert.Single(await EventsAsync(spec.Id));
    }

    [Fact]
    public async Task A_job_over_a_limit_is_not_stored_and_is_told_which_and_how_much_is_used()
    {
        await SubmitAsync();
        await SubmitAsync();
        var spec = Spec();

        var answer = await TryAsync(spec, TwoLive);

        Assert.Equal(new Submission.OverLimit(TwoLive, 2, null), answer);
        Assert.Null((await Store.Reader.GetAsync([spec.Id], Token))[0]);
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Waiting_and_running_jobs_are_live_and_those_that_ended_make_room()
    {
        var running = await StartAsync();
        var waiting = await SubmitAsync(Spec() with { RunAt = Now.AddHours(1) });
        var full = await TryAsync(Spec(), TwoLive);
        await FinishAsync(running, Failed());
        await Store.Jobs.RequestCancelAsync([new CancelRequest(waiting.Id, "k1")], Token);

        Assert.IsType<Submission.OverLimit>(full);
        Assert.Equal(0, (await ReadAsync()).LiveJobs);
        Assert.IsType<Submission.Accepted>(await TryAsync(Spec(), TwoLive));
        Assert.Equal(1, (await ReadAsync()).LiveJobs);
    }

    [Fact]
    public async Task A_principals_jobs_are_counted_apart_from_others_and_followed_through_their_lives()
    {
        UsageLimit one = new(UsageKind.LiveJobs, "k2", 1);
        await SubmitAsync();
        var first = Spec() with { SubmittedBy = "k2", Priority = 9 };
        var taken = await TryAsync(first, one);
        var refused = await TryAsync(Spec() with { SubmittedBy = "k2" }, one);
        var fence = await ClaimOneAsync();
        var stillRefused = await TryAsync(Spec() with { SubmittedBy = "k2" }, one);
        await FinishAsync(fence, Failed());

        Assert.Equal(first.Id, fence.Job);
        Assert.IsType<Submission.Accepted>(taken);
        Assert.Equal(new Submission.OverLimit(one, 1, null), refused);
        Assert.IsType<Submission.OverLimit>(stillRefused);
        Assert.IsType<Submission.Accepted>(await TryAsync(Spec() with { SubmittedBy = "k2" }, one));
        Assert.Equal((1, 1), ((await ReadAsync("k1")).LiveJobs, (await ReadAsync("k2")).LiveJobs));
    }

    [Fact]
    public async Task Jobs_that_were_there_before_there_was_a_limit_count()
    {
        await SubmitAsync(Spec() with { Source = "s", SubmittedBy = "k2" });
        await StartAsync(Spec() with { Priority = 9, SubmittedBy = "k2" });
        await SucceedAsync(Spec() with { Priority = 9, SubmittedBy = "k2" });

        Assert.Equal(2, (await ReadAsync("k2")).LiveJobs);
    }

    [Theory]
    [InlineData(UsageKind.SubmissionsPerMinute, 60)]
    [InlineData(UsageKind.SubmissionsPerDay, 86_400)]
    public async Task Submissions_are_counted_until_the_stores_clock_begins_a_new_window(UsageKind kind, int seconds)
    {
        Time.Advance(TimeSpan.FromTicks(TimeSpan.FromSeconds(seconds).Ticks - (Now.UtcTicks % TimeSpan.FromSeconds(seconds).Ticks))); // a window begins
        Time.Advance(TimeSpan.FromSeconds(20));
        UsageLimit two = new(kind, null, 2);

        Submission[] answers = [await TryAsync(Spec(), two), await TryAsync(Spec(), two), await TryAsync(Spec(), two)];
        Time.Advance(TimeSpan.FromSeconds(seconds - 21));
        var late = await TryAsync(Spec(), two);
        Time.Advance(TimeSpan.FromSeconds(1));
        var next = await TryAsync(Spec(), two);

        Assert.IsType<Submission.Accepted>(answers[0]);
        Assert.IsType<Submission.Accepted>(answers[1]);
        Assert.Equal(new Submission.OverLimit(two, 2, TimeSpan.FromSeconds(seconds - 20)), answers[2]);
        Assert.Equal(new Submission.OverLimit(two, 2, TimeSpan.FromSeconds(1)), late);
        Assert.IsType<Submission.Accepted>(next);
        var used = await ReadAsync();
        Assert.Equal(1, kind == UsageKind.SubmissionsPerMinute ? used.SubmissionsThisMinute : used.SubmissionsToday);
    }

    [Fact]
    public async Task Stored_results_are_counted_until_they_expire_and_over_the_limit_nothing_is_taken()
    {
        UsageLimit thirty = new(UsageKind.ResultBytes, null, 30);
        var before = await TryAsync(Spec() with { Priority = 9 }, thirty);
        var fence = await ClaimOneAsync();
        await FinishAsync(fence, Succeeded(fence));
        var full = await TryAsync(Spec(), thirty);
        Time.Advance(TimeSpan.FromHours(24));
        await Store.Jobs.RetainAsync(new RetentionRequest(TimeSpan.FromDays(90), TimeSpan.FromDays(8), 100), Token);

        Assert.IsType<Submission.Accepted>(before);
        Assert.Equal(new Submission.OverLimit(thirty, 30, null), full);
        Assert.Equal(0, (await ReadAsync()).ResultBytes);
        Assert.IsType<Submission.Accepted>(await TryAsync(Spec(), thirty));
    }

    [Fact]
    public async Task What_is_there_already_counts_nothing_and_is_answered_also_when_there_is_no_room()
    {
        UsageLimit one = new(UsageKind.SubmissionsPerDay, null, 1);
        var hash = new byte[32];
        var spec = Spec() with { IdempotencyKey = "once", ContentHash = hash };
        var first = await TryAsync(spec, one);

        var again = await TryAsync(spec, one);
        var duplicate = await TryAsync(Spec() with { IdempotencyKey = "once", ContentHash = hash }, one);
        var conflict = await TryAsync(Spec() with { IdempotencyKey = "once", ContentHash = Enumerable.Repeat((byte)1, 32).ToArray() }, one);

        Assert.Equal(first, again);
        Assert.Equal(new Submission.Duplicate(spec.Id), duplicate);
        Assert.Equal(new Submission.Conflict(spec.Id), conflict);
        Assert.Equal(1, (await ReadAsync()).SubmissionsToday);
    }

    [Fact]
    public async Task Jobs_of_one_call_are_taken_one_after_the_other_and_a_refused_one_leaves_the_others_alone()
    {
        UsageLimit one = new(UsageKind.LiveJobs, "k1", 1);
        UsageLimit theirs = new(UsageKind.LiveJobs, "k2", 1);

        var answers = await Store.Usage.SubmitAsync(
            [new LimitedJob(Spec(), [one]), new LimitedJob(Spec(), [one]), new LimitedJob(Spec() with { SubmittedBy = "k2" }, [theirs])], Token);

        Assert.Equal([true, false, true], answers.Select(answer => answer is Submission.Accepted));
    }

    [Fact]
    public async Task Each_limit_must_have_room_and_a_refusal_takes_nothing_of_the_others()
    {
        UsageLimit many = new(UsageKind.SubmissionsPerMinute, "k1", 10);
        UsageLimit none = new(UsageKind.LiveJobs, null, 0);

        var refused = await TryAsync(Spec(), many, none);
        var taken = await TryAsync(Spec(), many, TwoLive);

        Assert.Equal(new Submission.OverLimit(none, 0, null), refused);
        Assert.IsType<Submission.Accepted>(taken);
        Assert.Equal(1, (await ReadAsync("k1")).SubmissionsThisMinute);
        Assert.Equal(0, (await ReadAsync()).SubmissionsThisMinute); // nothing limits those of the whole project
    }

    [Fact]
    public async Task What_another_project_uses_does_not_count()
    {
        UsageLimit day = new(UsageKind.SubmissionsPerDay, null, 1);
        await TryAsync(Spec() with { Project = "q" }, day);
        await SubmitAsync(Spec() with { Project = "q" });

        Assert.IsType<Submission.Accepted>(await TryAsync(Spec(), day));
        Assert.Equal(new Usage(1, 0, 1, 0), await ReadAsync());
        Assert.Equal(new Usage(2, 0, 1, 0), await Store.Usage.ReadAsync("q", null, Token));
        Assert.Equal(default, await Store.Usage.ReadAsync("nowhere", null, Token));
        Assert.Equal(default, await Store.Usage.ReadAsync("nowhere", "k1", Token));
    }

    [Fact]
    public async Task Of_racing_submissions_no_more_are_accepted_than_there_is_room_for()
    {
        UsageLimit live = new(UsageKind.LiveJobs, "k1", 20);
        UsageLimit day = new(UsageKind.SubmissionsPerDay, null, 25);
        LimitedJob[][] calls = [.. Enumerable.Range(0, 16).Select(_ => Enumerable.Range(0, 4).Select(_ => new LimitedJob(Spec(), [live, day])).ToArray())];

        var answers = await Task.WhenAll(calls.Select(call => Task.Run(() => Store.Usage.SubmitAsync(call, Token).AsTask())));

        Assert.Equal(20, answers.SelectMany(answer => answer).Count(answer => answer is Submission.Accepted));
        Assert.Equal((20, 0), ((await ReadAsync()).LiveJobs, (await ReadAsync("k1")).SubmissionsToday));
        Assert.Equal(20, (await ReadAsync()).SubmissionsToday);
    }

    private async Task<Submission> TryAsync(JobSpec spec, params UsageLimit[] limits) => (await Store.Usage.SubmitAsync([new LimitedJob(spec, limits)], Token))[0];

    private ValueTask<Usage> ReadAsync(string? principal = null) => Store.Usage.ReadAsync("p", principal, Token);
}
