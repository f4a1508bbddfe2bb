using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Jobs;
using Meanwhile.Sqlite.Store.Reading;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;

namespace Meanwhile.Sqlite.Store.Events;

/// <summary>Reads the feed on the pooled connections.</summary>
internal sealed class SqliteEventReader(ReaderPool readers, StoreSignals signals, Guid incarnation) : IEventReader
{
    /// <summary>How many events one read looks at, when a filter passes most of them over.</summary>
    private const int LookedAtMax = 10_000;

    private sealed record Feed(long ProjectId, long DroppedTo);

    /// <inheritdoc/>
    public ValueTask<EventCursor> EndAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new EventCursor(incarnation, signals.EventsCommitted));

    /// <inheritdoc/>
    public ValueTask<EventRead> ReadAsync(string project, EventCursor? after, EventFilter filter, int limit, CancellationToken cancellationToken)
    {
        var committed = signals.EventsCommitted; // before the snapshot, which therefore shows every event up to it
        return readers.ReadAsync(session => Read(session, project, after, filter, limit, committed), cancellationToken);
    }

    private EventRead Read(Session session, string project, EventCursor? after, EventFilter filter, int limit, long committed)
    {
        var feed = Find(session, project);
        var place = after?.After ?? 0;
        var isForeign = after is { } cursor && cursor.Incarnation != incarnation;
        if (isForeign || place > signals.EventsGiven || (place != 0 && place < feed?.DroppedTo)) return new EventRead.Gone(new EventCursor(incarnation, feed?.DroppedTo ?? 0));
        if (feed is null) return Answer([], committed, place);
        return filter.Job is { } job ? ReadJob(session, feed, project, job, place, filter, limit, committed) : ReadFeed(session, feed, project, place, filter, limit, committed);
    }

    private EventRead.Events ReadFeed(Session session, Feed feed, string project, long place, EventFilter filter, int limit, long committed)
    {
        List<JobEvent> found = [];
        var (looked, last) = (0, place);
        var scan = session.Use(EventSql.Feed);
        scan.Bind(1, Rows.OfEvent(feed.ProjectId, place));
        scan.Bind(2, Rows.LastEvent(feed.ProjectId));
        while (found.Count < limit && looked < LookedAtMax && scan.Step())
        {
            looked++;
            last = Rows.EventNumber(scan.Int64(0));
            if (Matches(scan, filter)) found.Add(Make(scan, project));
        }

        var atEnd = found.Count < limit && looked < LookedAtMax;
        scan.Reset();
        return Answer(found, atEnd ? committed : last, last);
    }

    /// <summary>Follows a job's events backwards from its newest, each naming the one before.</summary>
    private EventRead.Events ReadJob(Session session, Feed feed, string project, JobId job, long place, EventFilter filter, int limit, long committed)
    {
        List<JobEvent> found = [];
        var find = session.Use(EventSql.LastOfJob);
        find.Bind(1, job);
        find.Bind(2, feed.ProjectId);
        var number = Session.First(find);
        while (number > place)
        {
            var one = session.Use(EventSql.One);
            one.Bind(1, Rows.OfEvent(feed.ProjectId, number.Value));
            number = null; // unless the event is still kept
            if (one.Step())
            {
                if (Matches(one, filter)) found.Add(Make(one, project));
                number = one.NullableInt64(9);
            }

            one.Reset();
        }

        found.Reverse();
        if (found.Count < limit) return Answer(found, committed, found.Count > 0 ? found[^1].Number : place);
        found.RemoveRange(limit, found.Count - limit);
        return Answer(found, found[^1].Number, place);
    }

    private EventRead.Events Answer(List<JobEvent> found, long next, long atLeast) => new(found, new EventCursor(incarnation, Math.Max(next, atLeast)));

    private static Feed? Find(Session session, string project)
    {
        var find = session.Use(EventSql.Project);
        find.Bind(1, project);
        var feed = find.Step() ? new Feed(find.Int64(0), find.Int64(1)) : null;
        find.Reset();
        return feed;
    }

    private static bool Matches(Statement row, EventFilter filter) => filter.Kinds.Count == 0 || filter.Kinds.Contains((EventKind)row.Int64(4));

    private static JobEvent Make(Statement row, string project)
    {
        var detail = row.IsNull(8) ? null : JsonSerializer.Deserialize(row.Text(8), EventJson.Default.EventDetail);
        var data = new JobEventData(row.Int64(3), (EventKind)row.Int64(4), Micros.Time(row.Int64(5)), (JobStatus)row.Int64(6), (int)row.Int64(7), detail);
        return new JobEvent(Rows.EventNumber(row.Int64(0)), project, row.Id(2), Rows.Sequence(row.Int64(1)), data);
    }
}
