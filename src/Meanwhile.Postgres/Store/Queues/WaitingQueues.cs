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
    private readonly Lock _gate = new();
    private readonly SortedList<QueueKey, (DateTimeOffset From, long Touched)> _queues = [];
    private long _touches;
    private QueueKey _next;

    /// <summary>Says that a job waits.</summary>
    public void Add(int laneId, int priority, DateTimeOffset runAt)
    {
        lock (_gate)
        {
            var key = new QueueKey(laneId, (short)priority);
            var from = _queues.TryGetValue(key, out var known) && known.From < runAt ? known.From : runAt;
            _queues[key] = (from, ++_touches);
        }
    }

    /// <summary>Takes what a scan found; the marks of these queues go back to the beginning.</summary>
    /// <returns>Whether a claim may find more now.</returns>
    public bool AddScanned(IReadOnlyList<QueueKey> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys) _queues[key] = (DateTimeOffset.MinValue, ++_touches);
            return keys.Count > 0;
        }
    }

    /// <summary>The queues to look at, in turn.</summary>
    /// <param name="max">At most so many.</param>
    /// <returns>The queues, and whether there are more.</returns>
    public (List<QueueLook> Looks, bool CutShort) Look(int max)
    {
        lock (_gate)
        {
            var first = FirstFrom(_next);
            var count = Math.Min(max, _queues.Count);
            List<QueueLook> looks = [];
            for (var i = 0; i < count; i++) looks.Add(At((first + i) % _queues.Count));
            var cutShort = count < _queues.Count;
            _next = cutShort ? looks[^1].Key with { Priority = AfterAll } : default;
            return (looks, cutShort);
        }
    }

    /// <summary>Moves a queue's mark on, unless something was added meanwhile.</summary>
    public void MoveMark(QueueLook look, DateTimeOffset from)
    {
        lock (_gate)
        {
            if (from > look.From && _queues.TryGetValue(look.Key, out var known) && known.Touched == look.Touched) _queues[look.Key] = known with { From = from };
        }
    }

    /// <summary>Forgets a queue that was found empty, unless something was added meanwhile.</summary>
    public void Remove(QueueLook look)
    {
        lock (_gate)
        {
            if (_queues.TryGetValue(look.Key, out var known) && known.Touched == look.Touched) _queues.Remove(look.Key);
        }
    }

    private QueueLook At(int index)
    {
        var (from, touched) = _queues.Values[index];
        return new QueueLook(_queues.Keys[index], from, touched);
    }

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
