using System.Collections.Concurrent;
using Meanwhile.Claims;
using Meanwhile.Diagnostics;
using Meanwhile.Execution;

namespace Meanwhile.Dispatch;

/// <summary>Counts what runs on this node, by tool, and the slots that given-up work still holds.</summary>
internal sealed class RunningWork
{
    private readonly ConcurrentDictionary<Attempt, byte> _attempts = new();
    /// <summary>How many attempts may wait for answers from elsewhere without taking a slot.</summary>
    private const int ParkedMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _lost = [];
    private readonly AsyncSignal _emptied = new();
    private int _parked;

    /// <summary>How many attempts run.</summary>
    public int Count => _attempts.Count;

    /// <summary>How many slots of the node are taken: an attempt that only waits for an answer from elsewhere takes none, up to <see cref="ParkedMax"/> of them.</summary>
    public int Taken => _attempts.Count - Math.Min(Volatile.Read(ref _parked), ParkedMax);

    /// <summary>An attempt begins.</summary>
    public void Add(Attempt attempt)
    {
        attempt.Parked += () => Interlocked.Increment(ref _parked);
        _attempts[attempt] = 0;
    }

    /// <summary>An attempt has ended.</summary>
    public void Remove(Attempt attempt)
    {
        if (_attempts.TryRemove(attempt, out _) && attempt.IsParked) Interlocked.Decrement(ref _parked);
        if (_attempts.IsEmpty) _emptied.Fire();
    }

    /// <summary>Returns when nothing runs any more (true), or the time is over (false).</summary>
    public async ValueTask<bool> EmptyWithinAsync(TimeSpan atMost, TimeProvider time)
    {
        var start = time.GetTimestamp();
        while (!_attempts.IsEmpty)
        {
            var left = atMost - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return false;
            await _emptied.WaitAsync(left, time, CancellationToken.None);
        }

        return true;
    }

    /// <summary>How many attempts run here under a limit key, lost slots among them.</summary>
    public int CountOf(string key, IReadOnlySet<string> sharedSources)
    {
        int lost;
        lock (_gate) lost = _lost.GetValueOrDefault(key);
        return lost + _attempts.Keys.Count(attempt => LimitKeys.Of(attempt.Spec, attempt.Spec.Source is { } source && sharedSources.Contains(source)).Contains(key));
    }

    /// <summary>How many more jobs of each tool with a limit of its own fit on this node.</summary>
    public IReadOnlyDictionary<string, int> ToolRoom(ToolCatalog tools)
    {
        if (tools.Limited.Count == 0) return Nothing;
        var running = _attempts.Keys.CountBy(attempt => attempt.Spec.Tool).ToDictionary();
        return tools.Limited.ToDictionary(tool => tool.Name, tool => tool.Concurrency!.Value - running.GetValueOrDefault(tool.Name));
    }

    /// <summary>Slots that ended jobs still hold, by limit key.</summary>
    public IReadOnlyDictionary<string, int> LostSlots()
    {
        lock (_gate) return _lost.Count == 0 ? Nothing : new Dictionary<string, int>(_lost);
    }

    /// <summary>Keeps the slot of a source counted although its job has ended, until the work is seen gone.</summary>
    /// <returns>Dispose it then.</returns>
    public IDisposable Lose(Attempt attempt, IReadOnlySet<string> sharedSources)
    {
        if (attempt.Spec.Source is not { } source) return new Held(this, null);
        var key = LimitKeys.OfSource(attempt.Spec.Project, source, sharedSources.Contains(source));
        lock (_gate) _lost[key] = _lost.GetValueOrDefault(key) + 1;
        return new Held(this, key);
    }

    private sealed class Held(RunningWork owner, string? key) : IDisposable
    {
        public void Dispose()
        {
            if (key is null) return;
            lock (owner._gate)
            {
                if (--owner._lost[key] == 0) owner._lost.Remove(key);
            }
        }
    }

    private static readonly Dictionary<string, int> Nothing = [];
}
