using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What goes when: what <see cref="IJobStore.RetainAsync"/> promises.</summary>
public abstract class RetentionConformance : StoreConformance
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task An_expired_job_keeps_its_slim_row_and_loses_its_body()
    {
        var job = await SucceedAsync(Spec() with { Ttl = Hour, Statement = "select 1", Params = """{"a":1}""", Labels = new Dictionary<string, string> { ["l"] = "v" } });
        Time.Advance(Hour);

        var retained = await RetainAsync();

        var record = await GetAsync(job);
        Assert.Equal(new RetentionResult(1, 0, 0), retained);
        Assert.True(record.State.Expired);
        Assert.Equal((null, "{}", 0), (record.Spec.Statement, record.Spec.Params, record.Spec.Labels.Count));
        Assert.Equal((JobStatus.Succeeded, 3L), (record.State.Status, record.State.Result!.RowCount));
        Assert.Equal((null, null), (record.State.Result.Object, record.State.Result.Summary));
        Assert.Empty(record.State.Result.Statements[0].Partitions);
        Assert.Equal([("", "integer")], record.State.Result.Statements[0].Columns.Select(column => (column.Name, column.Type))); // an expression's name is its text
        Assert.Empty(await ListAsync(new JobFilter { Project = "p", Labels = new Dictionary<string, string> { ["l"] = "v" } }));
        Assert.Empty(await ListAsync(new JobFilter { Project = "p", Words = "select" }));
    }

    [Fact]
    public async Task A_job_expires_at_its_time_and_not_before_and_a_live_one_never()
    {
        await SucceedAsync(Spec() with { Ttl = Hour });
        await StartAsync(Spec() with { Ttl = Hour });
        Time.Advance(Hour - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, (await RetainAsync()).Expired);
        Time.Advance(TimeSpan.FromDays(300));

        Assert.Equal(1, (await RetainAsync()).Expired);
        Assert.Equal(0, (await RetainAsync()).Expired);
    }

    [Fact]
    public async Task A_statement_stays_as_long_as_any_job_names_it()
    {
        await SucceedAsync(Spec() with { Ttl = Hour, Statement = "select 1" });
        var longer = await SucceedAsync(Spec() with { Ttl = 2 * Hour, Statement = "select 1" });
        Time.Advance(Hour);
        await RetainAsync();

        Assert.Equal("select 1", (await GetAsync(longer)).Spec.Statement);
        Time.Advance(Hour);
        await RetainAsync();
        var again = await SubmitAsync(Spec() with { Statement = "select 1" });
        Assert.Equal("select 1", (await GetAsync(again.Id)).Spec.Statement);
    }

    [Fact]
    public async Task The_slim_row_is_forgotten_when_its_history_is_over()
    {
        var spec = Spec() with { Ttl = Hour, IdempotencyKey = "k", ContentHash = new byte[32] };
        await SucceedAsync(spec);
        Time.Advance(Hour);
        await RetainAsync();
        Assert.Equal(spec.Id, await Store.Reader.FindByIdempotencyKeyAsync("p", "k1", "k", Token));
        Time.Advance(TimeSpan.FromDays(90));

        var retained = await RetainAsync();

        Assert.Equal(1, retained.Forgotten);
        Assert.Null((await Store.Reader.GetAsync([spec.Id], Token))[0]);
        Assert.Null(await Store.Reader.FindAsync("p", 1, Token));
        Assert.Null(await Store.Reader.FindByIdempotencyKeyAsync("p", "k1", "k", Token));
        Assert.Empty(await Store.Reader.CountAsync("p", Token));
        Assert.Equal(2, Assert.IsType<Submission.Accepted>((await Store.Jobs.SubmitAsync([spec with { Id = NewId() }], Token))[0]).Sequence);
    }

    [Fact]
    public async Task Of_jobs_that_were_accepted_together_those_that_are_left_are_still_found_by_their_sequence()
    {
        JobSpec[] specs = [.. Enumerable.Range(0, 3).Select(_ => Spec() with { Ttl = Hour })];
        await Store.Jobs.SubmitAsync(specs, Token);
        foreach (var job in (await ClaimAsync(2)).Jobs) await FinishAsync(job.Fence, Succeeded(job.Fence));
        Time.Advance(TimeSpan.FromDays(100));

        Assert.Equal(1, (await RetainAsync(batchMax: 1)).Forgotten);
        Assert.Equal([null, specs[1].Id, specs[2].Id], await FindAsync());
        Assert.Equal(1, (await RetainAsync(batchMax: 1)).Forgotten);
        Assert.Equal([null, null, specs[2].Id], await FindAsync());

        async Task<JobId?[]> FindAsync() => [await Store.Reader.FindAsync("p", 1, Token), await Store.Reader.FindAsync("p", 2, Token), await Store.Reader.FindAsync("p", 3, Token)];
    }

    [Fact]
    public async Task No_more_goes_in_one_call_than_the_batch_allows()
    {
        for (var i = 0; i < 3; i++) await SucceedAsync(Spec() with { Ttl = Hour });
        Time.Advance(TimeSpan.FromDays(100));

        Assert.Equal(new RetentionResult(2, 2, 2), await RetainAsync(batchMax: 2));
        Assert.Equal(new RetentionResult(1, 1, 2), await RetainAsync(batchMax: 2));
    }

    [Fact]
    public async Task Events_go_by_their_age_and_an_older_cursor_is_told_from_where_the_feed_can_be_read()
    {
        var old = await SubmitAsync();
        var cursor = await Store.Events.EndAsync(Token);
        await SubmitAsync();
        await SubmitAsync();
        Time.Advance(TimeSpan.FromDays(8));
        var young = await SubmitAsync();

        Assert.Equal(3, (await RetainAsync()).EventsDropped);

        var gone = Assert.IsType<EventRead.Gone>(await ReadAsync(cursor));
        var rest = Assert.IsType<EventRead.Events>(await ReadAsync(gone.Oldest));
        Assert.Equal(young.Id, Assert.Single(rest.Items).Job);
        Assert.Equal(young.Id, Assert.Single(await EventsAsync()).Job);
        Assert.Empty(await EventsAsync(old.Id));
        Assert.Equal(JobStatus.Pending, await StatusAsync(old.Id));
    }

    [Fact]
    public async Task A_cursor_at_the_last_dropped_event_misses_nothing_and_goes_on()
    {
        await SubmitAsync();
        var cursor = await Store.Events.EndAsync(Token);
        Time.Advance(TimeSpan.FromDays(8));
        await RetainAsync();

        Assert.Empty(Assert.IsType<EventRead.Events>(await ReadAsync(cursor)).Items);
        Assert.Equal(cursor, await Store.Events.EndAsync(Token));
    }

    private ValueTask<EventRead> ReadAsync(EventCursor cursor) => Store.Events.ReadAsync("p", cursor, new EventFilter(null, new HashSet<EventKind>()), 100, Token);

    private ValueTask<RetentionResult> RetainAsync(int batchMax = 100) => Store.Jobs.RetainAsync(new RetentionRequest(TimeSpan.FromDays(90), TimeSpan.FromDays(8), batchMax), Token);

    private async Task<IReadOnlyList<JobRecord>> ListAsync(JobFilter filter) => (await Store.Reader.ListAsync(filter, null, 100, Token)).Jobs;
}
