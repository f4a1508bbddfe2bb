using Meanwhile.Events;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Access;

public sealed class ListingTests : IAsyncLifetime
{
    private TestEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await TestEngine.StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Pages_go_on_where_the_one_before_ended_and_hold_every_job_once()
    {
        foreach (var n in Enumerable.Range(0, 7)) await _engine.RunAsync(TestEngine.Query($"rows {n}"));

        List<JobId> seen = [];
        string? cursor = null;
        do
        {
            var page = await _engine.Jobs.ListAsync(new JobQuery { Statuses = ["succeeded"] }, cursor, 3, default);
            seen.AddRange(page.Items.Select(job => job.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(7, seen.Count);
        Assert.Equal(seen.OrderDescending(), seen);
    }

    [Fact]
    public async Task A_cursor_of_another_filter_or_none_at_all_is_refused()
    {
        await _engine.RunAsync(TestEngine.Query("rows 1"));
        await _engine.RunAsync(TestEngine.Query("rows 1"));
        var cursor = (await _engine.Jobs.ListAsync(new JobQuery { Tool = "query" }, null, 1, default)).NextCursor!;

        foreach (var (query, wrong) in new[] { (new JobQuery(), cursor), (new JobQuery { Tool = "query", Words = "x" }, cursor), (new JobQuery { Tool = "query" }, "garbage!"), (new JobQuery { Tool = "query" }, "Z2FyYmFnZQ") })
            Assert.Equal(ProblemCodes.InvalidCursor, (await TestEngine.RefusedAsync(() => _engine.Jobs.ListAsync(query, wrong, 1, default))).Code);
    }

    [Fact]
    public async Task Filters_find_what_they_say()
    {
        const string trace = "0123456789abcdef0123456789abcdef";
        var labelled = await _engine.RunAsync(TestEngine.Query("rows 1") with { Labels = new Dictionary<string, string> { ["team"] = "a" }, TraceParent = $"00-{trace}-0123456789abcdef-01" });
        var failed = await _engine.RunAsync(TestEngine.Query("fail syntax"));
        var later = (await _engine.Jobs.SubmitAsync(TestEngine.Query("rows 2") with { DelaySeconds = 1000 }, default)).Job;

        Assert.Equal([labelled.Id], await IdsAsync(new JobQuery { Labels = new Dictionary<string, string> { ["team"] = "a" } }));
        Assert.Equal([labelled.Id], await IdsAsync(new JobQuery { TraceId = trace }));
        Assert.Equal([failed.Id], await IdsAsync(new JobQuery { Statuses = ["failed"] }));
        Assert.Equal([failed.Id], await IdsAsync(new JobQuery { Words = "SYNTAX" }));
        Assert.Equal([later.Id], await IdsAsync(new JobQuery { Statuses = ["scheduled"] }));
        Assert.Equal([failed.Id, labelled.Id], await IdsAsync(new JobQuery { DurationSecondsMin = 0, DurationSecondsMax = 100 }));
        Assert.Equal([later.Id, failed.Id, labelled.Id], await IdsAsync(new JobQuery { Source = "db", Tool = "query", SubmittedBy = "admin", CreatedFrom = labelled.Record.Spec.CreatedAt }));
        Assert.Empty(await IdsAsync(new JobQuery { CreatedBefore = labelled.Record.Spec.CreatedAt }));
    }

    public static TheoryData<string, JobQuery, int?> Wrong() => new()
    {
        { "status", new JobQuery { Statuses = ["done"] }, null },
        { "status", new JobQuery { Statuses = ["scheduled", "failed"] }, null },
        { "trace_id", new JobQuery { TraceId = "xyz" }, null },
        { "duration_min", new JobQuery { DurationSecondsMin = -1 }, null },
        { "duration_min", new JobQuery { DurationSecondsMin = double.NaN }, null },
        { "duration_max", new JobQuery { DurationSecondsMax = 1e300 }, null },
        { "limit", new JobQuery(), 0 },
        { "limit", new JobQuery(), 1001 },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_filter_is_refused_with_its_field(string field, JobQuery query, int? limit) =>
        Assert.Equal(field, Assert.Single((await TestEngine.RefusedAsync(() => _engine.Jobs.ListAsync(query, null, limit, default))).Errors).Field);

    [Fact]
    public async Task A_wait_answers_on_a_change_on_the_end_and_at_once_when_the_engine_stops()
    {
        var job = (await _engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        var running = await _engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
        var change = _engine.Jobs.WaitAsync(job.ShortId, (await _engine.Jobs.GetAsync(job.ShortId, default)).ETag, TimeSpan.FromSeconds(60), default).AsTask();
        await _engine.Jobs.CancelAsync(job.ShortId, default);
        Assert.NotEqual(running.ETag, (await change.WaitAsync(TimeSpan.FromSeconds(20))).ETag);
        Assert.Equal(JobStatus.Canceled, (await _engine.EndedAsync(job.Id)).Status);

        var scheduled = (await _engine.Jobs.SubmitAsync(TestEngine.Query("wait") with { DelaySeconds = 1000 }, default)).Job;
        var waiting = _engine.Jobs.WaitAsync(scheduled.ShortId, null, TimeSpan.FromSeconds(60), default).AsTask();
        var feed = _engine.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = "now", Wait = TimeSpan.FromSeconds(60) }, default).AsTask();
        await _engine.Host.StopAsync(default);

        Assert.Equal(JobStatus.Pending, (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Status);
        Assert.Empty((await feed.WaitAsync(TimeSpan.FromSeconds(20))).Items);
        Assert.Equal("wait", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Jobs.WaitAsync(job.ShortId, null, TimeSpan.FromSeconds(61), default))).Errors).Field);
    }

    [Fact]
    public async Task The_feed_is_read_page_by_page_from_any_event_and_waits_for_the_next()
    {
        var first = await _engine.RunAsync(TestEngine.Query("rows 1"));
        var page = await _engine.Jobs.ReadEventsAsync(null, new EventQuery { Limit = 2 }, default);
        var rest = await _engine.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = page.Items[0].Cursor }, default);
        var waiting = _engine.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = rest.Cursor, Wait = TimeSpan.FromSeconds(60) }, default).AsTask();
        var second = await _engine.RunAsync(TestEngine.Query("rows 1"));

        Assert.Equal(["job.submitted", "job.started"], page.Items.Select(item => item.Event.Data.Kind.Word));
        Assert.Equal(["job.started", "job.succeeded"], rest.Items.Select(item => item.Event.Data.Kind.Word));
        Assert.All(rest.Items, item => Assert.Equal(first.ShortId, item.ShortId));
        Assert.Equal(second.Id, (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Items[0].Event.Job);
    }

    [Fact]
    public async Task A_wrong_question_to_the_feed_is_refused_and_a_cursor_of_another_history_is_gone()
    {
        await using var other = await TestEngine.StartAsync();
        var foreign = (await other.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = "now" }, default)).Cursor;

        var gone = await TestEngine.RefusedAsync(() => _engine.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = foreign }, default));
        var wrong = await TestEngine.RefusedAsync(() => _engine.Jobs.ReadEventsAsync(null, new EventQuery { Kinds = ["x"], Limit = 0, Wait = TimeSpan.FromSeconds(61) }, default));

        Assert.Equal(ProblemCodes.Gone, gone.Code);
        Assert.Empty((await _engine.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = gone.OldestCursor }, default)).Items);
        Assert.Equal(["kind", "limit", "wait"], wrong.Errors.Select(error => error.Field));
        Assert.Equal(ProblemCodes.InvalidCursor, (await TestEngine.RefusedAsync(() => _engine.Jobs.ReadEventsAsync(null, new EventQuery { Cursor = "x" }, default))).Code);
    }

    private async Task<IReadOnlyList<JobId>> IdsAsync(JobQuery query) => [.. (await _engine.Jobs.ListAsync(query, null, null, default)).Items.Select(job => job.Id)];
}
