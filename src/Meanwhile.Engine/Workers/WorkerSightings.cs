using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Workers;

/// <summary>What this server has seen of an attempt that a worker holds, in its own monotonic time.</summary>
/// <param name="FirstAt">When it was first seen.</param>
/// <param name="NamedAt">When the worker last named it; at first as <paramref name="FirstAt"/>.</param>
/// <param name="ToldAt">When the worker was first told to stop it; null while it was not.</param>
internal readonly record struct Sighting(TimeSpan FirstAt, TimeSpan NamedAt, TimeSpan? ToldAt);

/// <summary>Remembers when this server first saw what workers hold, so that no clock of another machine is compared with ours.</summary>
/// <remarks>Lost when the server restarts: then a timeout counts anew. Bounded by what living workers hold. Safe for concurrent use.</remarks>
internal sealed class WorkerSightings(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeEpoch, Dictionary<AttemptFence, Sighting>> _seen = [];

    /// <summary>Our own time.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Attempts were given to a worker.</summary>
    public void Given(NodeEpoch worker, IEnumerable<AttemptFence> attempts)
    {
        var now = Elapsed;
        lock (_gate)
        {
            var seen = _seen.TryGetValue(worker, out var known) ? known : _seen[worker] = [];
            foreach (var attempt in attempts) seen[attempt] = new Sighting(now, now, null);
        }
    }

    /// <summary>Takes what a worker holds and what it names, and returns what is known of each that it holds.</summary>
    /// <param name="stopping">Those that it is told to stop now.</param>
    public IReadOnlyDictionary<AttemptFence, Sighting> Observe(NodeEpoch worker, IEnumerable<AttemptFence> held, IReadOnlySet<AttemptFence> named, IReadOnlySet<AttemptFence> stopping)
    {
        var now = Elapsed;
        lock (_gate)
        {
            var before = _seen.GetValueOrDefault(worker, []);
            Dictionary<AttemptFence, Sighting> seen = [];
            foreach (var attempt in held)
            {
                var last = before.TryGetValue(attempt, out var known) ? known : new Sighting(now, now, null);
                seen[attempt] = new Sighting(last.FirstAt, named.Contains(attempt) ? now : last.NamedAt, stopping.Contains(attempt) ? last.ToldAt ?? now : null);
            }

            return _seen[worker] = seen;
        }
    }

    /// <summary>A worker's epoch has ended.</summary>
    public void Forget(NodeEpoch worker)
    {
        lock (_gate) _seen.Remove(worker);
    }

    /// <summary>Only these live.</summary>
    public void ForgetAllBut(IEnumerable<NodeEpoch> living)
    {
        var kept = living.ToHashSet();
        lock (_gate)
        {
            foreach (var gone in _seen.Keys.Where(worker => !kept.Contains(worker)).ToList()) _seen.Remove(gone);
        }
    }
}
