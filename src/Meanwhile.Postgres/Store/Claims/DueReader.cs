using Meanwhile.Claims;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>Looks for due jobs in the queues where this node knows of some, in one round trip.</summary>
internal sealed class DueReader(Database database, StoreClock clock, LaneNames lanes, WaitingQueues queues, RunningCounts counts)
{
    /// <summary>Into how many queues one claim looks; the next goes on where this one stopped.</summary>
    private const int QueuesMax = 128;

    /// <summary>How often one claim goes on to the next queues when all of those at hand are paused.</summary>
    private const int ChoicesMax = 64;

    /// <summary>How many due jobs one claim reads at most.</summary>
    private const int JobsMax = 8_192;

    /// <summary>How many times as many as are wanted are read at first, over all queues; where one turns out too short, all are read as far as may be.</summary>
    private const int FirstReadFactor = 2;

    private static readonly TimeSpan LongTrailEvery = TimeSpan.FromSeconds(1);
    private long? _longTrailAt; // claims come one at a time

    private sealed class Found(int queues)
    {
        public bool NodeLives { get; set; }

        public DateTimeOffset Now { get; set; }

        public Dictionary<int, int> Running { get; } = [];

        public DateTimeOffset? RunningSince { get; set; }

        public List<(Guid Id, DateTimeOffset RunAt, long Sequence)>[] Due { get; } = [.. Enumerable.Range(0, queues).Select(_ => new List<(Guid, DateTimeOffset, long)>())];

        public DateTimeOffset?[] NextDue { get; } = new DateTimeOffset?[queues];
    }

    /// <summary>Looks.</summary>
    /// <param name="nodeId">The row of the node that asks.</param>
    /// <param name="passOver">Jobs to leave out.</param>
    /// <param name="fromHead">Whether to read queues from their heads, whatever their marks say.</param>
    public async ValueTask<DueLook> LookAsync(ClaimRequest request, int nodeId, PassedOver passOver, bool fromHead, CancellationToken cancellationToken)
    {
        var (looks, names, cutShort) = await ChooseAsync(request, cancellationToken);
        var most = Math.Clamp(JobsMax / Math.Max(1, looks.Count), 2, request.Max + 1);
        var each = Math.Min(most, FirstReadFactor * request.Max / Math.Max(1, looks.Count) + 1);
        var trail = fromHead ? TimeSpan.MaxValue : NextTrail();
        while (true)
        {
            int[] limits = [.. looks.Select(queue => each + passOver.CountOf(queue.Key))];
            var found = await ReadAsync(looks, trail, nodeId, limits, cancellationToken);
            var look = await ArrangeAsync(looks, names, found, limits, passOver, cutShort, cancellationToken);
            if (each == most || !look.IsTooShort(request))
            {
                Remember(looks, found);
                return look;
            }

            each = most;
        }
    }

    /// <summary>Chooses the queues to look into: those that have room as long as nothing runs, so that paused ones are not read.</summary>
    private async ValueTask<(List<QueueLook> Looks, Lane[] Names, bool CutShort)> ChooseAsync(ClaimRequest request, CancellationToken cancellationToken)
    {
        var planner = new ClaimPlanner(request, new Dictionary<Lane, int>());
        for (var tries = 1; ; tries++)
        {
            var (looks, cutShort) = queues.Look(QueuesMax);
            var names = await lanes.GetAsync(looks.ConvertAll(look => look.Key.LaneId), cancellationToken);
            var roomy = Enumerable.Range(0, names.Length).Where(i => planner.HasRoom(names[i])).ToList();
            if (roomy.Count > 0 || !cutShort || tries == ChoicesMax) return (roomy.ConvertAll(i => looks[i]), [.. roomy.Select(i => names[i])], cutShort);
        }
    }

    private TimeSpan NextTrail()
    {
        if (_longTrailAt is { } last && clock.Time.GetElapsedTime(last) < LongTrailEvery) return Marks.Trail;
        _longTrailAt = clock.Time.GetTimestamp();
        return Marks.LongTrail;
    }

    private ValueTask<Found> ReadAsync(List<QueueLook> looks, TimeSpan trail, int nodeId, int[] limits, CancellationToken cancellationToken) => database.RunAsync(
        async (session, token) =>
        {
            var found = new Found(looks.Count);
            await session.RunAsync(Calls(looks, trail, nodeId, limits), (index, reader, stop) => TakeAsync(found, index, reader, stop), token);
            clock.Learn(found.Now);
            return found;
        },
        cancellationToken);

    private List<Call> Calls(List<QueueLook> looks, TimeSpan trail, int nodeId, int[] limits)
    {
        List<Call> calls = [new(NodeSql.Lives, Parameters.Int(nodeId)), new(JobSql.Now, clock.Parameter), counts.Count(trail)];
        if (looks.Count == 0) return calls;
        calls.Add(new Call(ClaimSql.Due, [.. Queues(looks, trail), Parameters.Ints(limits)]));
        calls.Add(new Call(ClaimSql.NextDue, Queues(looks, trail)));
        return calls;
    }

    private NpgsqlParameter[] Queues(List<QueueLook> looks, TimeSpan trail) =>
    [
        Parameters.Ints([.. looks.Select(look => look.Key.LaneId)]),
        Parameters.Shorts([.. looks.Select(look => look.Key.Priority)]),
        Parameters.Times([.. looks.Select(look => Marks.Before(look.From, trail))]),
        clock.Parameter,
    ];

    private static async ValueTask TakeAsync(Found found, int index, NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            switch (index)
            {
                case 0: found.NodeLives = reader.GetBoolean(0); break;
                case 1: found.Now = reader.GetFieldValue<DateTimeOffset>(0); break;
                case 2:
                    found.Running[reader.GetInt32(0)] = reader.GetInt32(1);
                    if (reader.GetFieldValue<DateTimeOffset>(2) is var since && !(since > found.RunningSince)) found.RunningSince = since;
                    break;
                case 3: found.Due[reader.GetInt32(0) - 1].Add((reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt64(3))); break;
                default: found.NextDue[reader.GetInt32(0) - 1] = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1); break;
            }
        }
    }

    /// <summary>Moves the marks of queues on, and forgets those that are empty.</summary>
    private void Remember(List<QueueLook> looks, Found found)
    {
        counts.SetMark(found.RunningSince ?? found.Now);
        for (var i = 0; i < looks.Count; i++)
        {
            if (found.Due[i].Count > 0) queues.SetMark(looks[i], found.Due[i][0].RunAt);
            else if (found.NextDue[i] is not null) queues.SetMark(looks[i], found.Now);
            else queues.Remove(looks[i], found.Now);
        }
    }

    private async ValueTask<DueLook> ArrangeAsync(List<QueueLook> looks, Lane[] names, Found found, int[] limits, PassedOver passOver, bool cutShort, CancellationToken cancellationToken)
    {
        List<DueJob> jobs = [];
        Dictionary<Lane, DueLane> byLane = [];
        for (var i = 0; i < looks.Count; i++)
        {
            if (!byLane.TryGetValue(names[i], out var lane)) byLane.Add(names[i], lane = new DueLane(names[i]));
            foreach (var (id, runAt, sequence) in found.Due[i])
            {
                if (passOver.Contains(id)) continue;
                lane.Jobs.Add(new ClaimCandidate(jobs.Count, looks[i].Key.Priority, runAt, sequence));
                jobs.Add(new DueJob(id, looks[i].Key));
            }

            if (found.Due[i].Count == limits[i]) lane.CutOffs[looks[i].Key.Priority] = (jobs.Count - 1, found.Due[i][^1].RunAt);
        }

        foreach (var lane in byLane.Values) lane.Jobs.Sort();
        var running = await counts.NameAsync(found.Running, cancellationToken);
        return new DueLook(found.NodeLives, found.Now, running, [.. byLane.Values], jobs, found.NextDue.Min(), cutShort);
    }
}
