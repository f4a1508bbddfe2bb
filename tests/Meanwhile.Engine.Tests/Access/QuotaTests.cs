using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Stores;
using Meanwhile.Testing.Time;

namespace Meanwhile.Access;

public sealed class QuotaTests : IAsyncLifetime
{
    private static readonly JobRequest Later = TestEngine.Query("wait") with { DelaySeconds = 3600 };
    private readonly ManualTimeProvider _clock = new();
    private TestEngine _engine = null!;
    private NewKey _key = null!;
    private IJobs _jobs = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await TestEngine.StartAsync(time: _clock);
        _key = await _engine.Administration.CreateKeyAsync(new KeyRequest(), default);
        _jobs = _engine.Host.As((await _engine.Host.AuthenticateAsync(_key.Token, null, default))!);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private string OfKey => $"key:{_key.Key.Id}";

    private ValueTask<QuotaInfo> SetAsync(string key, QuotaLimits limits) => _engine.Administration.PutQuotaAsync(key, limits, default);

    [Fact]
    public async Task Over_a_keys_live_jobs_submissions_and_retries_are_refused_until_some_have_ended()
    {
        await SetAsync(OfKey, new QuotaLimits { LiveJobs = 2 });
        var first = (await _jobs.SubmitAsync(Later, default)).Job;
        await _jobs.SubmitAsync(Later, default);

        var refused = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(Later, default));
        await _jobs.CancelAsync(first.ShortId, default);
        var retried = await _jobs.RetryAsync(first.ShortId, default);
        var notRetried = await TestEngine.RefusedAsync(() => _jobs.RetryAsync(first.ShortId, default));
        var others = await _engine.Jobs.SubmitAsync(Later, default);

        Assert.Equal((ProblemCodes.QuotaExceeded, new LimitReached(OfKey, "live_jobs", 2, 2), TimeSpan.FromSeconds(5)), (refused.Code, refused.Limit, refused.RetryAfter));
        Assert.Contains($"The quota of {OfKey} allows 2 jobs that wait or run at once; 2 are used.", refused.Detail);
        Assert.Equal(first.Id, retried.Record.Spec.RetryOf);
        Assert.Equal(ProblemCodes.QuotaExceeded, notRetried.Code);
        Assert.True(others.Created);
    }

    [Fact]
    public async Task A_projects_quota_counts_the_jobs_of_all_its_principals()
    {
        await SetAsync("project:default", new QuotaLimits { LiveJobs = 2 });
        await _jobs.SubmitAsync(Later, default);
        await _engine.Jobs.SubmitAsync(Later, default);

        var refused = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(Later, default));

        Assert.Equal(new LimitReached("project:default", "live_jobs", 2, 2), refused.Limit);
        Assert.Equal(2, (await _engine.Administration.GetQuotaAsync("project:default", default)).Used.LiveJobs);
    }

    [Fact]
    public async Task Over_the_submissions_of_a_minute_the_refusal_says_when_the_next_begins()
    {
        await SetAsync(OfKey, new QuotaLimits { SubmissionsPerMinute = 1, SubmissionsPerDay = 2 });
        var secondOfMinute = _clock.GetUtcNow().Second;
        await _jobs.SubmitAsync(Later, default);

        var refused = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(Later, default));
        _clock.Advance(refused.RetryAfter!.Value);
        await _jobs.SubmitAsync(Later, default);
        _clock.Advance(TimeSpan.FromMinutes(1));
        var ofTheDay = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(Later, default));

        Assert.Equal(new LimitReached(OfKey, "submissions_per_minute", 1, 1), refused.Limit);
        Assert.InRange(refused.RetryAfter!.Value.TotalSeconds, 59 - secondOfMinute, 60 - secondOfMinute);
        Assert.Equal(new LimitReached(OfKey, "submissions_per_day", 2, 2), ofTheDay.Limit);
        Assert.InRange(ofTheDay.RetryAfter!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task Of_a_batch_as_many_are_accepted_as_there_is_room_for()
    {
        await SetAsync(OfKey, new QuotaLimits { SubmissionsPerDay = 3 });

        var items = await _jobs.SubmitAsync([.. Enumerable.Repeat(Later, 5)], default);

        Assert.Equal(3, items.Count(item => item.Accepted is not null));
        Assert.All(items.Where(item => item.Accepted is null), item => Assert.Equal(ProblemCodes.QuotaExceeded, item.Refused!.Code));
    }

    [Fact]
    public async Task Over_the_bytes_of_results_nothing_is_taken()
    {
        await _engine.RunAsync(TestEngine.Query("rows 10"));
        var used = (await SetAsync("project:default", new QuotaLimits { ResultBytes = 1 })).Used.ResultBytes;

        var refused = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(Later, default));

        Assert.True(used > 1);
        Assert.Equal((new LimitReached("project:default", "result_bytes", 1, used), TimeSpan.FromSeconds(60)), (refused.Limit, refused.RetryAfter));
    }

    [Fact]
    public async Task The_same_idempotency_key_is_answered_also_without_room()
    {
        await SetAsync(OfKey, new QuotaLimits { SubmissionsPerDay = 1 });
        var first = await _jobs.SubmitAsync(Later with { IdempotencyKey = "once" }, default);

        var again = await _jobs.SubmitAsync(Later with { IdempotencyKey = "once" }, default);

        Assert.Equal((first.Job.Id, false), (again.Job.Id, again.Created));
    }

    [Fact]
    public async Task It_holds_on_every_node_and_is_gone_once_removed()
    {
        await SetAsync(OfKey, new QuotaLimits { LiveJobs = 3 });
        await using var second = await TestEngine.StartAsync(builder => builder.Options.Node = "second", store: _engine.Store, time: _clock);
        var there = second.Host.As((await second.Host.AuthenticateAsync(_key.Token, null, default))!);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? _jobs : there).SubmitAsync([Later], default).AsTask()));
        await _engine.Administration.DeleteQuotaAsync(OfKey, default);
        var after = await _jobs.SubmitAsync(Later, default);

        Assert.Equal(3, answers.Count(items => items[0].Accepted is not null));
        Assert.True(after.Created);
    }

    [Fact]
    public async Task Without_a_quota_nothing_is_counted()
    {
        List<string> verbs = [];
        _engine.Faults.OnCall = verb =>
        {
            lock (verbs) verbs.Add(verb);
        };
        await _jobs.SubmitAsync(Later, default);

        lock (verbs) Assert.DoesNotContain("ReadUsageAsync", verbs);
        Assert.Equal(default, (await _engine.Store.ReadAsync("default", _key.Key.Id, default)) with { LiveJobs = 0 });
    }

    [Fact]
    public async Task A_quota_is_set_shown_listed_audited_and_removed()
    {
        var limits = new QuotaLimits { LiveJobs = 5, SubmissionsPerMinute = 6, SubmissionsPerDay = 7 };
        var set = await SetAsync(OfKey, limits);
        await SetAsync("project:default", new QuotaLimits { ResultBytes = 8 });

        Assert.Equal((OfKey, limits, default(Usage)), (set.Key, set.Limits, set.Used));
        Assert.Equal(set, await _engine.Administration.GetQuotaAsync(OfKey, default));
        Assert.Equal([OfKey, "project:default"], (await _engine.Administration.ListQuotasAsync(null, null, default)).Items.Select(quota => quota.Key));
        Assert.Equal("""{"live_jobs":"5","submissions_per_minute":"6","submissions_per_day":"7"}""", (await _engine.Administration.ReadAuditAsync("quota.set", false, null, null, default)).Items[1].Detail);
        await _engine.Administration.DeleteQuotaAsync(OfKey, default);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.GetQuotaAsync(OfKey, default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.DeleteQuotaAsync(OfKey, default).AsTask())).Code);
        Assert.Single((await _engine.Administration.ReadAuditAsync("quota.remove", false, null, null, default)).Items);
    }

    [Fact]
    public async Task A_quota_that_can_not_be_is_refused_by_its_field()
    {
        async Task<IEnumerable<string>> Wrong(string key, QuotaLimits limits) => (await TestEngine.RefusedAsync(() => SetAsync(key, limits))).Errors.Select(error => error.Field);
        var one = new QuotaLimits { LiveJobs = 1 };

        Assert.Equal(["key"], await Wrong("source:db", one));
        Assert.Equal(["key"], await Wrong("key:nobody", one));
        Assert.Equal(["key"], await Wrong("project:elsewhere", one));
        Assert.Equal(["live_jobs"], await Wrong(OfKey, new QuotaLimits()));
        Assert.Equal(["result_bytes"], await Wrong(OfKey, new QuotaLimits { ResultBytes = 1 }));
        Assert.Equal(["live_jobs", "submissions_per_day"], await Wrong("project:default", new QuotaLimits { LiveJobs = -1, SubmissionsPerDay = -2 }));
    }

    [Fact]
    public async Task Others_than_admins_see_the_projects_quota_and_their_own()
    {
        var other = await _engine.Administration.CreateKeyAsync(new KeyRequest(), default);
        foreach (var key in (string[])[OfKey, $"key:{other.Key.Id}", "project:default"]) await SetAsync(key, new QuotaLimits { LiveJobs = 5 });
        var caller = (await _engine.Host.AuthenticateAsync(_key.Token, null, default))!;
        var administration = _engine.Host.AdministrationAs(caller);
        var narrow = _engine.Host.AdministrationAs(caller with { OwnJobsOnly = true });

        Assert.Equal([OfKey, "project:default"], (await administration.ListQuotasAsync(null, null, default)).Items.Select(quota => quota.Key));
        Assert.Equal([OfKey], (await narrow.ListQuotasAsync(null, null, default)).Items.Select(quota => quota.Key));
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => administration.GetQuotaAsync($"key:{other.Key.Id}", default))).Code);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => _engine.Host.AdministrationAs(caller with { Role = Role.Admin }).PutQuotaAsync("project:default", new QuotaLimits { LiveJobs = 9 }, default))).Code);
    }
}
