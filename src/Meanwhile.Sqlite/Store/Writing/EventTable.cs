using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>Numbers events and adds them to the feed.</summary>
/// <remarks>One writer numbers and commits, so numbers become visible in their order. Each event names the job's one before, so a job's events need no index.</remarks>
internal sealed class EventTable(Session session, StoreSignals signals)
{
    private long _last;

    /// <summary>The number that the next event will have.</summary>
    public long Next => _last + 1;

    /// <summary>Adds an event.</summary>
    /// <param name="previous">The number of the job's event before; null for its first.</param>
    /// <returns>Its number.</returns>
    public long Add(long projectId, long jobRow, JobId job, JobEventData data, long? previous)
    {
        var number = ++_last;
        var insert = session.Use(EventSql.Insert);
        Span<byte> id = stackalloc byte[JobId.ByteLength];
        job.WriteTo(id);
        insert.Bind(1, Rows.OfEvent(projectId, number));
        insert.Bind(2, jobRow);
        insert.BindBlob(3, id);
        insert.Bind(4, data.JobNumber);
        insert.Bind(5, (long)data.Kind);
        insert.Bind(6, Micros.Of(data.At));
        insert.Bind(7, (long)data.Status);
        insert.Bind(8, data.Attempt);
        if (data.Detail is { } detail) insert.BindText(9, JsonSerializer.SerializeToUtf8Bytes(detail, EventJson.Default.EventDetail));
        else insert.BindNull(9);
        insert.Bind(10, previous);
        insert.RunToEnd();
        signals.EventsGiven = number; // before the commit: a reader may see the event before this thread goes on
        return number;
    }

    /// <summary>The group is committed: readers may rely on its events.</summary>
    public void Publish() => signals.EventsCommitted = _last;

    /// <summary>Finds the highest number that was ever given; events may have been dropped since.</summary>
    public void Load(IEnumerable<ProjectRow> projects)
    {
        foreach (var project in projects)
        {
            var find = session.Use(EventSql.LastRow);
            find.Bind(1, Rows.OfEvent(project.Id, 0));
            find.Bind(2, Rows.LastEvent(project.Id));
            var highest = Session.First(find) is { } row ? Rows.EventNumber(row) : 0;
            _last = Math.Max(_last, Math.Max(highest, project.EventsDroppedTo)); // a rollback leaves a gap rather than use a number twice
        }

        signals.EventsGiven = _last;
        signals.EventsCommitted = _last;
    }
}
