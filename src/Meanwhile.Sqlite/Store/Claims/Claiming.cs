using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;

namespace Meanwhile.Sqlite.Store.Claims;

/// <summary>Claims due jobs: looks into a bounded number of lanes, and lets <see cref="ClaimPlanner"/> choose.</summary>
/// <remarks>Lanes are visited in turn, so with more of them than one claim looks into, each has its turn a few claims later.</remarks>
internal static class Claiming
{
    /// <summary>Into how many lanes with due work and room one claim looks.</summary>
    private const int LanesMax = 64;

    /// <summary>How many lanes a claim passes at most to find those.</summary>
    private const int LanesPassedMax = 4_096;

    private const int ChunkMax = 256;

    /// <summary>Claims for one node.</summary>
    public static ClaimResult Claim(WriteSession session, ClaimRequest request)
    {
        if (!session.Nodes.IsAlive(request.Node)) return new ClaimResult.NodeIsDead();
        var now = session.Now;
        var planner = new ClaimPlanner(request, session.Lanes.RunningCounts);
        var look = Look(session, request, planner, Micros.Of(now));
        var picked = planner.Pick(look.Due.Select(lane => KeyValuePair.Create(lane.Lane, (IEnumerator<ClaimCandidate>)lane.Queue)));
        ClaimedJob[] claimed = [.. picked.Select(candidate => Take(session, candidate.RowId, request, now))];
        var more = look.CutShort || look.Due.Exists(lane => lane.Queue.HasHead && planner.HasRoom(lane.Lane));
        return new ClaimResult.Claimed(claimed, Micros.Time(look.NextDueAt), more);
    }

    private sealed record Lanes(List<(Lane Lane, DueQueue Queue)> Due, long? NextDueAt, bool CutShort);

    private static Lanes Look(WriteSession session, ClaimRequest request, ClaimPlanner planner, long now)
    {
        List<(Lane, DueQueue)> due = [];
        long? nextDueAt = null;
        var passed = 0;
        foreach (var lane in session.Lanes.WaitingFrom(session.ClaimFromLane))
        {
            if (due.Count == LanesMax || passed++ == LanesPassedMax)
            {
                session.ClaimFromLane = lane.Id;
                return new Lanes(due, nextDueAt, CutShort: true);
            }

            if (!request.Takes(lane.Lane)) continue;
            var next = NextDue(session, lane.Id, now);
            if (next < nextDueAt || nextDueAt is null) nextDueAt = next;
            if (!planner.HasRoom(lane.Lane)) continue;
            var peek = new DueQueue(session, lane.Id, now, chunk: 1);
            if (peek.MoveNext()) due.Add((lane.Lane, new DueQueue(session, lane.Id, now, Math.Min(request.Max, ChunkMax))));
        }

        return new Lanes(due, nextDueAt, CutShort: false);
    }

    private static long? NextDue(Session session, long laneId, long now)
    {
        long? earliest = null;
        foreach (var priority in Priorities(session, laneId))
        {
            var find = session.Use(LaneSql.NextDue);
            find.Bind(1, laneId);
            find.Bind(2, priority);
            find.Bind(3, now);
            if (Session.First(find) is { } at && (earliest is null || at < earliest)) earliest = at;
        }

        return earliest;
    }

    /// <summary>The priorities at which a lane's jobs wait, highest first.</summary>
    public static IEnumerable<long> Priorities(Session session, long laneId)
    {
        var below = long.MaxValue;
        while (true)
        {
            var next = session.Use(LaneSql.NextPriority);
            next.Bind(1, laneId);
            next.Bind(2, below);
            if (Session.First(next) is not { } priority) yield break;
            yield return below = priority;
        }
    }

    private static ClaimedJob Take(WriteSession session, long row, ClaimRequest request, DateTimeOffset now)
    {
        var job = session.Jobs.At(row);
        var taken = session.Jobs.Change(job, new JobChange.Claim(request.Node), now).Job!;
        return new ClaimedJob(taken, taken.State.Attempt > 1 ? Checkpoint(session, row) : null);
    }

    private static string? Checkpoint(WriteSession session, long row)
    {
        var find = session.Use(JobSql.CheckpointByRow);
        find.Bind(1, row);
        var checkpoint = find.Step() ? find.String(0) : null;
        find.Reset();
        return checkpoint;
    }
}
