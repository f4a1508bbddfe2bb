using System.Diagnostics;

namespace Meanwhile.Benchmarks;

/// <summary>Counts what runs at one moment, in all engines of this process together.</summary>
internal sealed class Gauge
{
    private readonly Lock _gate = new();
    private TimeSpan _busy;
    private TimeSpan _busyAtLastStart;
    private long _changed;
    private long _first;
    private long _last;
    private int _running;

    /// <summary>The most that ran at once.</summary>
    public int Max { get; private set; }

    /// <summary>How many have started.</summary>
    public int Started { get; private set; }

    /// <summary>How many ran on average from the first start to the last: after that nothing was left to start.</summary>
    public double Mean
    {
        get
        {
            lock (_gate) return _busyAtLastStart / Stopwatch.GetElapsedTime(_first, _last);
        }
    }

    /// <summary>One starts.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            Change(1);
            if (Started++ == 0) _first = _changed;
            (_last, _busyAtLastStart) = (_changed, _busy);
            Max = Math.Max(Max, _running);
        }
    }

    /// <summary>One has ended.</summary>
    public void Leave()
    {
        lock (_gate) Change(-1);
    }

    private void Change(int by)
    {
        var now = Stopwatch.GetTimestamp();
        _busy += Stopwatch.GetElapsedTime(_changed, now) * _running;
        _changed = now;
        _running += by;
    }
}
