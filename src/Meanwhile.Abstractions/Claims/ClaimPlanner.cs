namespace Meanwhile.Claims;

/// <summary>Decides which due jobs a claim takes: a pure function of what waits and what runs, shared by every store.</summary>
/// <remarks>
/// Order: lanes whose limit keys all have room; of those the project that holds the fewest slots by weight, and of equals the one that was served longest ago, so that
/// projects take turns also at a source with a single slot; its highest priority, earliest due, earliest accepted. A project that already holds a slot of a source does not take the source's last free slot while one that holds none waits.
/// One instance serves one claim.
/// </remarks>
/// <param name="request">What the node asks for.</param>
/// <param name="running">How many jobs run in each lane now.</param>
public sealed class ClaimPlanner(ClaimRequest request, IReadOnlyDictionary<Lane, int> running)
{
    private readonly Dictionary<string, int> _heldByKey = HeldByKey(request, running);
    private readonly Dictionary<string, int> _heldByProject = HeldByProject(running);
    private readonly Dictionary<(string Project, string SourceKey), int> _heldOfSource = HeldOfSource(request, running);
    private readonly Dictionary<string, int> _toolRoom = new(request.ToolRoom);

    private readonly Dictionary<Lane, LaneKeys> _keys = [];
    private readonly Dictionary<string, Queue> _offers = []; // each project's first job, anew for each pick

    /// <summary>The limit keys that a lane's jobs count under.</summary>
    /// <param name="Source">Null for tools that use no source.</param>
    /// <param name="All">Every key, the source's among them.</param>
    private sealed record LaneKeys(string? Source, bool SourceIsShared, string[] All);

    /// <summary>A lane with its due jobs in claim order, read as far as they are needed.</summary>
    private sealed class Queue(Lane lane, LaneKeys keys, IEnumerator<ClaimCandidate> due)
    {
        public Lane Lane { get; } = lane;

        public LaneKeys Keys { get; } = keys;

        public bool IsEmpty { get; private set; } = !due.MoveNext();

        public ClaimCandidate Head => due.Current;

        public void Advance() => IsEmpty = !due.MoveNext();
    }

    /// <summary>Whether a lane has room at all, so that a store need not read a saturated lane's jobs.</summary>
    public bool HasRoom(Lane lane) => HasRoom(lane, KeysOf(lane));

    /// <summary>Picks at most <see cref="ClaimRequest.Max"/> jobs.</summary>
    /// <param name="lanes">Lanes with due work, each with its due jobs in claim order; read lazily.</param>
    public IReadOnlyList<ClaimCandidate> Pick(IEnumerable<KeyValuePair<Lane, IEnumerator<ClaimCandidate>>> lanes)
    {
        var queues = lanes.Select(lane => new Queue(lane.Key, KeysOf(lane.Key), lane.Value)).Where(queue => !queue.IsEmpty).ToList();
        List<ClaimCandidate> picked = [];
        while (picked.Count < request.Max && Best(queues) is { } queue)
        {
            picked.Add(queue.Head);
            Hold(queue);
            queue.Advance();
            if (queue.IsEmpty) queues.Remove(queue);
        }

        return picked;
    }

    /// <summary>The queue to take from: each project offers its first job, and of those projects the one that holds least comes first.</summary>
    private Queue? Best(List<Queue> queues)
    {
        _offers.Clear();
        foreach (var queue in queues)
        {
            if (!HasRoom(queue.Lane, queue.Keys) || YieldsLastSlot(queue, queues)) continue;
            if (!_offers.TryGetValue(queue.Lane.Project, out var offer) || queue.Head < offer.Head) _offers[queue.Lane.Project] = queue;
        }

        Queue? best = null;
        foreach (var offer in _offers.Values)
        {
            if (best is null || CompareAcross(offer, best) < 0) best = offer;
        }

        return best;
    }

    /// <summary>Priorities order the work within a project only; the name decides last, so that every store picks the same.</summary>
    private int CompareAcross(Queue queue, Queue best)
    {
        var byShare = Share(queue.Lane.Project).CompareTo(Share(best.Lane.Project));
        if (byShare != 0) return byShare;
        var byTurn = LastServed(queue.Lane.Project).CompareTo(LastServed(best.Lane.Project));
        if (byTurn != 0) return byTurn;
        var byAge = (queue.Head.RunAt, queue.Head.Sequence).CompareTo((best.Head.RunAt, best.Head.Sequence));
        return byAge != 0 ? byAge : string.CompareOrdinal(queue.Lane.Project, best.Lane.Project);
    }

    private bool HasRoom(Lane lane, LaneKeys keys)
    {
        if (!request.Takes(lane)) return false;
        if (_toolRoom.TryGetValue(lane.Tool, out var room) && room <= 0) return false;
        foreach (var key in keys.All)
        {
            if (Free(key) <= 0) return false;
        }

        return true;
    }

    /// <summary>The last free slot of a source goes to a project that holds none of its slots, if one waits.</summary>
    private bool YieldsLastSlot(Queue queue, List<Queue> queues)
    {
        if (!queue.Keys.SourceIsShared || queue.Keys.Source is not { } key) return false;
        if (Free(key) != 1 || _heldOfSource.GetValueOrDefault((queue.Lane.Project, key)) == 0) return false;
        return queues.Exists(other => other.Keys.Source == key
            && other.Lane.Project != queue.Lane.Project
            && _heldOfSource.GetValueOrDefault((other.Lane.Project, key)) == 0
            && HasRoom(other.Lane, other.Keys));
    }

    private long LastServed(string project) => request.LastServed.GetValueOrDefault(project, long.MinValue);

    private double Share(string project) => _heldByProject.GetValueOrDefault(project) / request.Weights.GetValueOrDefault(project, 1d);

    private int Free(string key) => LimitOf(key) is { } limit ? limit - _heldByKey.GetValueOrDefault(key) : int.MaxValue;

    private int? LimitOf(string key) =>
        request.Limits.TryGetValue(key, out var limit) ? limit
        : key.StartsWith("source:", StringComparison.Ordinal) ? request.SourceLimitDefault
        : null;

    private void Hold(Queue queue)
    {
        foreach (var key in queue.Keys.All) _heldByKey[key] = _heldByKey.GetValueOrDefault(key) + 1;
        var project = queue.Lane.Project;
        _heldByProject[project] = _heldByProject.GetValueOrDefault(project) + 1;
        if (queue.Keys.Source is { } source) _heldOfSource[(project, source)] = _heldOfSource.GetValueOrDefault((project, source)) + 1;
        if (_toolRoom.TryGetValue(queue.Lane.Tool, out var room)) _toolRoom[queue.Lane.Tool] = room - 1;
    }

    private LaneKeys KeysOf(Lane lane)
    {
        if (_keys.TryGetValue(lane, out var known)) return known;
        return _keys[lane] = MakeKeys(request, lane);
    }

    private static Dictionary<string, int> HeldByKey(ClaimRequest request, IReadOnlyDictionary<Lane, int> running)
    {
        var held = new Dictionary<string, int>(request.LostSlots);
        foreach (var (lane, count) in running)
        {
            foreach (var key in MakeKeys(request, lane).All) held[key] = held.GetValueOrDefault(key) + count;
        }

        return held;
    }

    private static Dictionary<string, int> HeldByProject(IReadOnlyDictionary<Lane, int> running)
    {
        Dictionary<string, int> held = [];
        foreach (var (lane, count) in running) held[lane.Project] = held.GetValueOrDefault(lane.Project) + count;
        return held;
    }

    private static Dictionary<(string Project, string SourceKey), int> HeldOfSource(ClaimRequest request, IReadOnlyDictionary<Lane, int> running)
    {
        Dictionary<(string Project, string SourceKey), int> held = [];
        foreach (var (lane, count) in running)
        {
            if (MakeKeys(request, lane).Source is not { } source) continue;
            held[(lane.Project, source)] = held.GetValueOrDefault((lane.Project, source)) + count;
        }

        return held;
    }

    private static LaneKeys MakeKeys(ClaimRequest request, Lane lane)
    {
        var shared = request.SharedSources.Contains(lane.Source);
        List<string> keys = [LimitKeys.OfProject(lane.Project), LimitKeys.OfTool(lane.Tool)];
        if (lane.LimitKey.Length > 0) keys.Add(LimitKeys.OfCaller(lane.Project, lane.LimitKey));
        if (lane.Source.Length == 0) return new LaneKeys(null, false, [.. keys]);
        var source = LimitKeys.OfSource(lane.Project, lane.Source, shared);
        return new LaneKeys(source, shared, [.. keys, source]);
    }
}
