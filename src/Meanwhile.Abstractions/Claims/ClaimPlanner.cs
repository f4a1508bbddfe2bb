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
    private readonly PriorityQueue<Offer, Rank> _offers = new();
    private readonly HashSet<Turn> _yielding = []; // whose offer changes when others get their slot

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

    /// <summary>A project's queues, and how often it has offered one of them: its last offer is the one that holds.</summary>
    private sealed class Turn(List<Queue> queues)
    {
        public List<Queue> Queues => queues;

        public int Offers { get; set; }
    }

    /// <summary>The queue that a project takes from next.</summary>
    private readonly record struct Offer(Turn Turn, Queue Queue, int Number);

    /// <summary>How projects take turns. Priorities order the work within a project only; the name decides last, so that every store picks the same.</summary>
    private readonly record struct Rank(double Share, long LastServed, DateTimeOffset RunAt, long Sequence, string Project) : IComparable<Rank>
    {
        public int CompareTo(Rank other)
        {
            var order = (Share, LastServed, RunAt, Sequence).CompareTo((other.Share, other.LastServed, other.RunAt, other.Sequence));
            return order != 0 ? order : string.CompareOrdinal(Project, other.Project);
        }
    }

    /// <summary>Whether a lane has room at all, so that a store need not read a saturated lane's jobs.</summary>
    public bool HasRoom(Lane lane) => HasRoom(lane, KeysOf(lane));

    /// <summary>Picks at most <see cref="ClaimRequest.Max"/> jobs.</summary>
    /// <param name="lanes">Lanes with due work, each with its due jobs in claim order; read lazily.</param>
    public IReadOnlyList<ClaimCandidate> Pick(IEnumerable<KeyValuePair<Lane, IEnumerator<ClaimCandidate>>> lanes)
    {
        var queues = lanes.Select(lane => new Queue(lane.Key, KeysOf(lane.Key), lane.Value)).Where(queue => !queue.IsEmpty).ToList();
        List<Turn> turns = [.. queues.GroupBy(queue => queue.Lane.Project).Select(project => new Turn([.. project]))];
        foreach (var turn in turns) MakeOffer(turn, queues);
        List<ClaimCandidate> picked = [];
        while (picked.Count < request.Max && Best() is { } best)
        {
            picked.Add(best.Queue.Head);
            Hold(best.Queue);
            best.Queue.Advance();
            if (best.Queue.IsEmpty)
            {
                best.Turn.Queues.Remove(best.Queue);
                queues.Remove(best.Queue);
            }

            IEnumerable<Turn> changed = ConcernsOthers(best.Queue) ? turns : [best.Turn, .. _yielding];
            foreach (var turn in changed) MakeOffer(turn, queues);
        }

        return picked;
    }

    /// <summary>The offer of the project that holds least, of those that hold.</summary>
    private Offer? Best()
    {
        while (_offers.TryDequeue(out var offer, out _))
        {
            if (offer.Number == offer.Turn.Offers) return offer;
        }

        return null;
    }

    /// <summary>Whether the pick of a queue's job may have changed what other projects can offer: it took the last slot, or the last but one, of what they share.</summary>
    private bool ConcernsOthers(Queue queue) =>
        Free(LimitKeys.OfTool(queue.Lane.Tool)) <= 0
        || (_toolRoom.TryGetValue(queue.Lane.Tool, out var room) && room <= 0)
        || (queue.Keys is { SourceIsShared: true, Source: { } source } && Free(source) <= 1);

    /// <summary>Lets a project offer its first job that there is room for, instead of what it offered before.</summary>
    private void MakeOffer(Turn turn, List<Queue> queues)
    {
        turn.Offers++;
        _yielding.Remove(turn);
        Queue? first = null;
        foreach (var queue in turn.Queues)
        {
            if (!HasRoom(queue.Lane, queue.Keys)) continue;
            if (YieldsLastSlot(queue, queues)) _yielding.Add(turn);
            else if (first is null || queue.Head < first.Head) first = queue;
        }

        if (first is not null) _offers.Enqueue(new Offer(turn, first, turn.Offers), RankOf(first));
    }

    private Rank RankOf(Queue queue)
    {
        var project = queue.Lane.Project;
        return new Rank(Share(project), request.LastServed.GetValueOrDefault(project, long.MinValue), queue.Head.RunAt, queue.Head.Sequence, project);
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
