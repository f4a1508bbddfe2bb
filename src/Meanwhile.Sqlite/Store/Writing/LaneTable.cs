using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>A lane with how many of its jobs wait and run.</summary>
internal sealed class LaneRow(long id, Lane lane)
{
    public long Id { get; } = id;

    public Lane Lane { get; } = lane;

    public int Pending { get; set; }

    public int Running { get; set; }
}

/// <summary>Every lane, in memory, so that a claim knows where work waits without looking for it.</summary>
internal sealed class LaneTable(WriteSession session)
{
    private readonly Dictionary<Lane, LaneRow> _byLane = [];
    private readonly Dictionary<long, LaneRow> _byId = [];
    private readonly SortedSet<long> _waiting = [];
    private readonly HashSet<LaneRow> _running = [];

    /// <summary>How many jobs run in each lane where any does.</summary>
    public Dictionary<Lane, int> RunningCounts => _running.ToDictionary(lane => lane.Lane, lane => lane.Running);

    /// <summary>The lane, made when it is new.</summary>
    public LaneRow Of(ProjectRow project, JobSpec spec)
    {
        var key = new Lane(spec.Project, spec.Source ?? "", spec.Tool, spec.LimitKey ?? "");
        if (_byLane.TryGetValue(key, out var known)) return known;
        var insert = session.Use(LaneSql.InsertLane);
        insert.Bind(1, project.Id);
        insert.Bind(2, key.Source);
        insert.Bind(3, key.Tool);
        insert.Bind(4, key.LimitKey);
        insert.RunToEnd();
        return Add(new LaneRow(session.Connection.LastInsertRowId, key));
    }

    /// <summary>Lanes where jobs wait, each once, beginning at an id and going round.</summary>
    public IEnumerable<LaneRow> WaitingFrom(long id)
    {
        foreach (var lane in _waiting.GetViewBetween(id, long.MaxValue)) yield return _byId[lane];
        if (id <= 0) yield break;
        foreach (var lane in _waiting.GetViewBetween(0, id - 1)) yield return _byId[lane];
    }

    /// <summary>Moves one job from a status (null = it is new) to another (null = it is gone).</summary>
    public void Count(long laneId, JobStatus? from, JobStatus? to)
    {
        if (from == to) return;
        var lane = _byId[laneId];
        if (from == JobStatus.Pending && --lane.Pending == 0) _waiting.Remove(lane.Id);
        if (from == JobStatus.Running && --lane.Running == 0) _running.Remove(lane);
        if (to == JobStatus.Pending && ++lane.Pending == 1) _waiting.Add(lane.Id);
        if (to == JobStatus.Running && ++lane.Running == 1) _running.Add(lane);
    }

    /// <summary>Reads all of them anew, and counts what waits and runs.</summary>
    public void Load()
    {
        _byLane.Clear();
        _byId.Clear();
        _waiting.Clear();
        _running.Clear();
        foreach (var lane in Session.All(session.Use(LaneSql.Lanes), Read)) Add(lane);
        foreach (var (lane, count) in Session.All(session.Use(LaneSql.PendingByLane), row => (row.Int64(0), (int)row.Int64(1))))
        {
            _byId[lane].Pending = count;
            _waiting.Add(lane);
        }

        foreach (var lane in Session.All(session.Use(LaneSql.RunningLanes), row => row.Int64(0))) Count(lane, null, JobStatus.Running);
    }

    private LaneRow Read(Interop.Statement row) =>
        new(row.Int64(0), new Lane(session.Projects[row.Int64(1)].Name, row.String(2)!, row.String(3)!, row.String(4)!));

    private LaneRow Add(LaneRow lane)
    {
        _byLane.Add(lane.Lane, lane);
        _byId.Add(lane.Id, lane);
        return lane;
    }
}
