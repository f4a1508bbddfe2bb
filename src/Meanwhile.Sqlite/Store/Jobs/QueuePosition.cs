using Meanwhile.Jobs;
using Meanwhile.Sqlite.Store.Claims;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>Counts how many due jobs are ahead of one, by the index that claims read, up to a limit.</summary>
internal static class QueuePosition
{
    private readonly record struct Place(long Row, long Priority, long RunAt);

    /// <summary>The position; null unless the job is pending and due.</summary>
    public static int? Of(Session session, JobId job, long now)
    {
        var find = session.Use(LaneSql.Place);
        find.Bind(1, job);
        if (!find.Step() || (JobStatus)find.Int64(1) != JobStatus.Pending || find.Int64(3) > now)
        {
            find.Reset();
            return null;
        }

        var place = new Place(find.Int64(0), find.Int64(2), find.Int64(3));
        var lanes = session.Use(LaneSql.QueueLanes);
        lanes.Bind(1, find.Int64(4));
        lanes.Bind(2, find.String(5));
        lanes.Bind(3, find.String(6));
        find.Reset();
        var ahead = 0;
        foreach (var lane in Session.All(lanes, row => row.Int64(0)))
        {
            if (ahead >= IJobReader.PositionMax) break;
            ahead += Ahead(session, lane, place, now, IJobReader.PositionMax - ahead);
        }

        return ahead;
    }

    private static int Ahead(Session session, long lane, Place place, long now, int limit)
    {
        var ahead = 0;
        foreach (var priority in Claiming.Priorities(session, lane))
        {
            if (priority < place.Priority || ahead >= limit) break;
            ahead += priority > place.Priority ? CountDue(session, lane, priority, now, limit - ahead) : CountBefore(session, lane, place, limit - ahead);
        }

        return ahead;
    }

    private static int CountDue(Session session, long lane, long priority, long now, int limit)
    {
        var count = session.Use(LaneSql.CountDue);
        count.Bind(1, lane);
        count.Bind(2, priority);
        count.Bind(3, now);
        count.Bind(4, limit);
        return (int)(Session.First(count) ?? 0);
    }

    private static int CountBefore(Session session, long lane, Place place, int limit)
    {
        var count = session.Use(LaneSql.CountAhead);
        count.Bind(1, lane);
        count.Bind(2, place.Priority);
        count.Bind(3, place.RunAt);
        count.Bind(4, place.Row);
        count.Bind(5, limit);
        return (int)(Session.First(count) ?? 0);
    }
}
