namespace Meanwhile.Postgres.Store.Queues;

/// <summary>Where jobs of one lane and priority wait.</summary>
internal readonly record struct QueueKey(int LaneId, short Priority) : IComparable<QueueKey>
{
    /// <summary>By lane, then priority.</summary>
    public int CompareTo(QueueKey other) => LaneId != other.LaneId ? LaneId.CompareTo(other.LaneId) : Priority.CompareTo(other.Priority);
}

/// <summary>A queue as a claim looks at it.</summary>
/// <param name="From">The low-water mark: what was due before it is gone.</param>
/// <param name="Touched">Changes when something was added meanwhile.</param>
internal readonly record struct QueueLook(QueueKey Key, DateTimeOffset From, long Touched);

/// <summary>The queues where this node knows that jobs wait, each with its low-water mark, so that a claim neither looks for work everywhere nor reads what was taken long ago. Safe for concurrent use.</summary>
/// <remarks>What this node itself adds is known at once; what others add is found by a scan of the index, now and then. Bounded by the number of lanes with work.</remarks>
internal sealed class WaitingQueues
{
    private const short AfterAll = short.MaxValue;

    /// <summary>How many queues that were found empty keep their marks; beyond, all are forgotten.</summary>
    private const int EmptyMax = 4_096;

    private readonly Lock _gate = new();
    private readonly SortedList<QueueKey, (DateTimeOffset From, long Touched)> _queues = [];
    private readonly Dictionary<QueueKey, DateTimeOffset> _empty = [];
    private readonly Dictionary<QueueKey, DateTimeOffset> _added = []; // since the last look, each with the earliest time
    private long _touches;
    private QueueKey _next;

    /// <summary>Says that a job waits. A queue that was not known is read from its head, as others may have added before.</summary>
    public void Add(int laneId, int priority, DateTimeOffset runAt)
    {
        lock (_gate)
        {
            var key = new QueueKey(laneId, (short)priority);
            var from = _queues.TryGetValue(key, out var known) ? known.From : _empty.Remove(key, out var mark) ? mark : DateTimeOffset.MinValue;
            _queues[key] = (from < runAt ? from : runAt, ++_touches);
            if (!_added.TryGetValue(key, out var earliest) || runAt < earliest) _added[key] = runAt;
        }
    }

    /// <summary>Takes what a scan found; those that were not known to have jobs are read from their head.</summary>
    /// <returns>Whether a claim may find more now.</returns>
    public bool AddScanned(IReadOnlyList<QueueKey> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                _empty.Remove(key);
                _queues.TryAdd(key, (DateTimeOffset.MinValue, ++_touches));
            }

            return keys.Count > 0;
        }
    }

    /// <summary>Takes the queues that were found empty for such where jobs may wait again, from their marks on.</summary>
    /// <returns>Whether a claim may find more now.</returns>
    public bool AddEmpty()
    {
        lock (_gate)
        {
            foreach (var (key, mark) in _empty) _queues.Add(key, (mark, ++_touches));
            _empty.Clear();
            return _queues.Count > 0;
        }
    }

    /// <summary>The queues to look at, in turn.</summary>
    /// <param name="max">At most so many.</param>
    /// <returns>The queues, and whether there are more.</returns>
    public (List<QueueLook> Looks, bool CutShort) Look(int max)
    {
        lock (_gate)
        {
            _added.Clear();
            var first = FirstFrom(_next);
            var count = Math.Min(max, _queues.Count);
            List<QueueLook> looks = [];
            for (var i = 0; i < count; i++) looks.Add(At((first + i) % _queues.Count));
            var cutShort = count < _queues.Count;
            _next = cutShort ? looks[^1].Key with { Priority = AfterAll } : default;
            return (looks, cutShort);
        }
    }

    /// <summary>Where jobs were added since the last <see cref="Look"/>, and when the earliest of each is due.</summary>
    public IReadOnlyDictionary<QueueKey, DateTimeOffset> AddedSinceLook()
    {
        lock (_gate) return new Dictionary<QueueKey, DateTimeOffset>(_added);
    }

    /// <summary>The queues of some lanes.</summary>
    public List<QueueLook> LookAt(IReadOnlyCollection<int> laneIds)
    {
        lock (_gate)
        {
            List<QueueLook> looks = [];
            foreach (var lane in laneIds)
            {
                for (var i = FirstFrom(new QueueKey(lane, short.MinValue)); i < _queues.Count && _queues.Keys[i].LaneId == lane; i++) looks.Add(At(i));
            }

            return looks;
        }
    }

    /// <summary>Sets a queue's mark to where its first job was found; what was added meanwhile may lower it only.</summary>
    public void SetMark(QueueLook look, DateTimeOffset first)
    {
        lock (_gate)
        {
            if (_queues.TryGetValue(look.Key, out var known) && (known.Touched == look.Touched || first < known.From)) _queues[look.Key] = known with { From = first };
        }
    }

    /// <summary>Forgets a queue that was found empty, unless something was added meanwhile, and keeps its mark.</summary>
    /// <param name="until">When it was found so.</param>
    public void Remove(QueueLook look, DateTimeOffset until)
    {
        lock (_gate)
        {
            if (!_queues.TryGetValue(look.Key, out var known) || known.Touched != look.Touched) return;
            _queues.Remove(look.Key);
            if (_empty.Count == EmptyMax) _empty.Clear();
            _empty[look.Key] = until;
        }
    }

    private QueueLook At(int index)
    {
        var (from, touched) = _queues.Values[index];
        return new QueueLook(_queues.Keys[index], from, touched);
    }

    /// <summary>The first queue from a key on; the first of all when there is none.</summary>
    private int FirstFrom(QueueKey key)
    {
        var (low, high) = (0, _queues.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_queues.Keys[middle].CompareTo(key) < 0) low = middle + 1;
            else high = middle;
        }

        return low == _queues.Count ? 0 : low;
    }
}
