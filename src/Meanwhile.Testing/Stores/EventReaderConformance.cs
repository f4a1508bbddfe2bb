using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="IEventReader"/> promises.</summary>
public abstract class EventReaderConformance : StoreConformance
{
    private static readonly EventFilter Everything = new(null, new HashSet<EventKind>());

    [Fact]
    public async Task The_feed_tells_what_happened_in_order()
    {
        var fence = await StartAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        await FinishAsync(fence, Failed("boom"));

        var events = await EventsAsync();

        Assert.Equal([EventKind.Submitted, EventKind.Started, EventKind.Failed], events.Select(item => item.Data.Kind));
        Assert.Equal(events.Select(item => item.Number).Order(), events.Select(item => item.Number));
        Assert.All(events, item => Assert.Equal(("p", fence.Job, 1L), (item.Project, item.Job, item.Sequence)));
        Assert.Equal("a", events[1].Data.Detail!.Node);
        Assert.Equal(("boom", Now, JobStatus.Failed, 1), (events[2].Data.Detail!.Error!.Message, events[2].Data.At, events[2].Data.Status, events[2].Data.Attempt));
    }

    [Fact]
    public async Task A_project_sees_only_its_own_events()
    {
        await SubmitAsync();
        var other = await SubmitAsync(Spec() with { Project = "q" });

        Assert.Equal(other.Id, Assert.Single(await EventsAsync(project: "q")).Job);
        Assert.Empty(await EventsAsync(other.Id));
        Assert.Empty(await EventsAsync(project: "nowhere"));
    }

    [Fact]
    public async Task A_reader_that_goes_on_from_its_cursor_loses_nothing_and_sees_nothing_twice()
    {
        EventCursor? cursor = null;
        List<long> seen = [];
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 7; i++) await SubmitAsync(Spec() with { Project = i % 3 == 0 ? "q" : "p" });
            EventRead.Events read;
            do
            {
                read = await ReadAsync(cursor, Everything, 3);
                seen.AddRange(read.Items.Select(item => item.Number));
                cursor = read.Next;
            }
            while (read.Items.Count > 0);
        }

        Assert.Equal((await EventsAsync()).Select(item => item.Number), seen);
    }

    [Fact]
    public async Task A_reader_beside_many_writers_loses_nothing_and_sees_nothing_twice()
    {
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await Store.Jobs.SubmitAsync([Spec(), Spec() with { Project = "q" }], Token);
        })));
        EventCursor? cursor = null;
        List<long> seen = [];
        var finished = false;
        while (true)
        {
            var read = await ReadAsync(cursor, Everything, 10);
            seen.AddRange(read.Items.Select(item => item.Number));
            cursor = read.Next;
            if (read.Items.Count == 0 && finished) break;
            finished = writing.IsCompleted;
        }

        await writing;
        Assert.Equal(200, seen.Count);
        Assert.Equal((await EventsAsync()).Select(item => item.Number), seen);
    }

    [Fact]
    public async Task A_reader_from_the_end_sees_only_what_is_new()
    {
        await SubmitAsync();
        var end = await Store.Events.EndAsync(Token);
        Assert.Empty((await ReadAsync(end, Everything)).Items);

        var spec = await SubmitAsync();

        Assert.Equal(spec.Id, Assert.Single((await ReadAsync(end, Everything)).Items).Job);
    }

    [Fact]
    public async Task A_filter_by_kind_passes_the_others_over_and_the_cursor_moves_past_them()
    {
        var fence = await StartAsync();
        await FinishAsync(fence, Succeeded(fence));
        var filter = new EventFilter(null, new HashSet<EventKind> { EventKind.Started });

        var read = await ReadAsync(null, filter);

        Assert.Equal(EventKind.Started, Assert.Single(read.Items).Data.Kind);
        Assert.Equal(await Store.Events.EndAsync(Token), read.Next);
        Assert.Empty((await ReadAsync(read.Next, filter)).Items);
    }

    [Fact]
    public async Task A_jobs_own_events_are_read_page_by_page()
    {
        var fence = await StartAsync();
        for (var number = 1; number <= 10; number++)
        {
            await SubmitAsync();
            await Store.Jobs.SaveProgressAsync([new ProgressReport(fence, new JobProgress { Number = number, Fraction = number / 10d, Message = "on", LogBytes = 5 }, true)], Token);
        }

        EventCursor? cursor = null;
        List<JobEventData> seen = [];
        while (await ReadAsync(cursor, new EventFilter(fence.Job, new HashSet<EventKind>()), 4) is { Items.Count: > 0 } read)
        {
            seen.AddRange(read.Items.Select(item => item.Data));
            cursor = read.Next;
        }

        Assert.Equal(Enumerable.Range(1, 12).Select(number => (long)number), seen.Select(data => data.JobNumber));
        Assert.Equal(new EventDetail { Fraction = 1, Message = "on", LogBytes = 5 }, seen[^1].Detail);
        Assert.Equal([EventKind.Progressed], (await ReadAsync(null, new EventFilter(fence.Job, new HashSet<EventKind> { EventKind.Progressed }))).Items.Select(item => item.Data.Kind).Distinct());
    }

    [Fact]
    public async Task A_cursor_of_another_history_is_gone()
    {
        await SubmitAsync();

        var gone = Assert.IsType<EventRead.Gone>(await Store.Events.ReadAsync("p", new EventCursor(Guid.Empty, 1), Everything, 10, Token));

        Assert.Single((await ReadAsync(gone.Oldest, Everything)).Items);
    }

    [Fact]
    public async Task A_cursor_above_the_highest_number_is_gone()
    {
        await SubmitAsync();
        var end = await Store.Events.EndAsync(Token);

        Assert.IsType<EventRead.Gone>(await Store.Events.ReadAsync("p", end with { After = end.After + 1 }, Everything, 10, Token));
        Assert.IsType<EventRead.Events>(await Store.Events.ReadAsync("p", end, Everything, 10, Token));
    }

    [Fact]
    public async Task A_new_store_has_an_empty_feed()
    {
        Assert.Empty(await EventsAsync());
        Assert.Equal(new EventCursor(Store.Reader.Incarnation, 0), await Store.Events.EndAsync(Token));
    }

    private async Task<EventRead.Events> ReadAsync(EventCursor? after, EventFilter filter, int limit = 100) =>
        Assert.IsType<EventRead.Events>(await Store.Events.ReadAsync("p", after, filter, limit, Token));
}
