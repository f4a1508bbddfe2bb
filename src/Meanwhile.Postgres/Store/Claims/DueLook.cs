using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Queues;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>A lane's due jobs, as far as a claim read them.</summary>
internal sealed class DueLane(Lane lane)
{
    /// <summary>The lane.</summary>
    public Lane Lane => lane;

    /// <summary>In claim order.</summary>
    public List<ClaimCandidate> Jobs { get; } = [];

    /// <summary>The last that was read of each of its queues that may have more, by priority.</summary>
    public Dictionary<int, (long RowId, DateTimeOffset RunAt)> CutOffs { get; } = [];
}

/// <summary>What a claim found: nothing of it is locked.</summary>
/// <param name="Running">How many jobs run in each lane.</param>
/// <param name="Jobs">The jobs that <see cref="ClaimCandidate.RowId"/> numbers.</param>
/// <param name="NodeLives">Whether the epoch of the node that asked goes on.</param>
/// <param name="CutShort">Whether there are queues that were not looked at.</param>
internal sealed record DueLook(bool NodeLives, DateTimeOffset Now, Dictionary<Lane, int> Running, List<DueLane> Lanes, List<DueJob> Jobs, DateTimeOffset? NextDueAt, bool CutShort)
{
    /// <summary>Jobs that were read already, as they were then.</summary>
    public ReadJobs Read { get; init; } = ReadJobs.None;

    /// <summary>Picks by <see cref="ClaimPlanner"/>.</summary>
    /// <param name="running">How many jobs run in each lane.</param>
    /// <returns>The picks, and whether due work with room is left.</returns>
    public (IReadOnlyList<ClaimCandidate> Picks, bool More) Plan(ClaimRequest request, IReadOnlyDictionary<Lane, int> running)
    {
        var planner = new ClaimPlanner(request, running);
        var lanes = Lanes.Where(lane => lane.Jobs.Count > 0 && planner.HasRoom(lane.Lane)).ToList();
        var picks = planner.Pick(lanes.Select(lane => KeyValuePair.Create(lane.Lane, (IEnumerator<ClaimCandidate>)lane.Jobs.GetEnumerator())));
        var picked = picks.Select(pick => pick.RowId).ToHashSet();
        var more = lanes.Exists(lane => (lane.CutOffs.Count > 0 || lane.Jobs.Exists(job => !picked.Contains(job.RowId))) && planner.HasRoom(lane.Lane));
        return (picks, more || CutShort);
    }

    /// <summary>Whether a queue was not read far enough: what comes behind its last job might have been picked too.</summary>
    public bool IsTooShort(ClaimRequest request)
    {
        if (Lanes.TrueForAll(lane => lane.CutOffs.Count == 0)) return false;
        var picked = Plan(request, Running).Picks.Select(pick => pick.RowId).ToHashSet();
        return Lanes.Exists(lane => lane.CutOffs.Values.Any(cutOff => picked.Contains(cutOff.RowId)));
    }

    /// <summary>Whether jobs that were added since can't come before those that were found: each queue was not read up to them.</summary>
    public bool StaysFirst(Lane lane, QueueKey added, DateTimeOffset runAt) =>
        Lanes.Exists(found => found.Lane == lane && found.CutOffs.TryGetValue(added.Priority, out var last) && last.RunAt <= runAt);
}

/// <summary>Jobs as they were read, and the checkpoints of earlier attempts.</summary>
internal sealed record ReadJobs(IReadOnlyDictionary<JobId, JobRecord> Jobs, IReadOnlyDictionary<JobId, string> Checkpoints)
{
    /// <summary>None.</summary>
    public static ReadJobs None { get; } = new(new Dictionary<JobId, JobRecord>(), new Dictionary<JobId, string>());
}
