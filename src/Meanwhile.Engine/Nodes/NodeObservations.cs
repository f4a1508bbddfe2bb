namespace Meanwhile.Nodes;

/// <summary>Decides from what it has seen itself, never from another machine's clock, whether a node is dead.</summary>
/// <remarks>Not safe for concurrent use: the watch loop is its only caller.</remarks>
/// <param name="silenceUntilDead">How long a node is silent until it is dead.</param>
internal sealed class NodeObservations(Func<NodeEpoch, TimeSpan> silenceUntilDead)
{
    private readonly Dictionary<NodeEpoch, Sighting> _seen = [];
    private TimeSpan _lastReading;

    private readonly record struct Sighting(long Counter, TimeSpan UnchangedSince, int Readings);

    /// <summary>Takes one answered reading of all counters and returns the nodes that have been silent for too long.</summary>
    /// <param name="beats">Every other registered node with its counter, as the store answered.</param>
    /// <param name="elapsed">Our own monotonic time of this reading.</param>
    public IReadOnlyList<NodeEpoch> Observe(IEnumerable<NodeBeat> beats, TimeSpan elapsed)
    {
        if (elapsed - _lastReading > ReadingGapMax) _seen.Clear(); // it may be we who stood still
        _lastReading = elapsed;

        List<NodeEpoch> dead = [];
        HashSet<NodeEpoch> present = [];
        foreach (var beat in beats)
        {
            present.Add(beat.Node);
            var seen = _seen.TryGetValue(beat.Node, out var last) && last.Counter == beat.Counter
                ? last with { Readings = last.Readings + 1 }
                : new Sighting(beat.Counter, elapsed, Readings: 1);
            _seen[beat.Node] = seen;
            if (seen.Readings >= UnchangedReadingsMin && elapsed - seen.UnchangedSince >= silenceUntilDead(beat.Node)) dead.Add(beat.Node);
        }

        foreach (var gone in _seen.Keys.Where(node => !present.Contains(node)).ToList()) _seen.Remove(gone);
        return dead;
    }

    /// <summary>Forgets all silence: while the store did not answer, nobody could have shown a beat.</summary>
    public void StoreWasSilent() => _seen.Clear();

    /// <summary>Our own readings further apart than this prove nothing about others.</summary>
    private static readonly TimeSpan ReadingGapMax = TimeSpan.FromSeconds(3);
    private const int UnchangedReadingsMin = 4;
}
