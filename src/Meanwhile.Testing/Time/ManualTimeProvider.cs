namespace Meanwhile.Testing.Time;

/// <summary>A clock that moves only when a test moves it; timers that come due fire in order, on the thread that moves it.</summary>
/// <remarks>Its timestamps tick at an odd frequency, so that sums which assume one come out wrong. Safe for concurrent use; one caller moves it.</remarks>
/// <param name="start">The time at first; 2026-01-01 00:00 UTC when null.</param>
public sealed class ManualTimeProvider(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(TimeSpan DueTime, TaskCompletionSource Armed)> _awaited = [];
    private TimeSpan _elapsed;
    private long _timerNumber;

    /// <summary>Ticks of <see cref="GetTimestamp"/> in a second.</summary>
    public override long TimestampFrequency => 1_234_567;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are waiting: what a test awaits before it moves the clock.</summary>
    public int TimerCount
    {
        get
        {
            lock (_gate) return _timers.Count;
        }
    }

    /// <summary>Returns once a timer waits that was set to come due after this long: a loop that pauses for so long between its rounds is then between two of them.</summary>
    public Task ArmedAsync(TimeSpan dueTime)
    {
        lock (_gate)
        {
            if (_timers.Any(timer => timer.DueTime == dueTime)) return Task.CompletedTask;
            var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((dueTime, armed));
            return armed.Task;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _start + _elapsed;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate) return (long)((Int128)_elapsed.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);
    }

    /// <summary>Moves the clock on, stopping at each timer on the way to fire it.</summary>
    /// <param name="by">Zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan until;
        lock (_gate) until = _elapsed + by;
        while (TakeDue(until) is { } timer) timer.Fire();
        lock (_gate) _elapsed = until;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The next timer that is due until then, with the clock moved to its time; periodic ones are set anew first.</summary>
    private ManualTimer? TakeDue(TimeSpan until)
    {
        lock (_gate)
        {
            var due = _timers.Where(timer => timer.DueAt <= until).MinBy(timer => (timer.DueAt, timer.Number));
            if (due is null) return null;
            if (due.DueAt > _elapsed) _elapsed = due.DueAt;
            _timers.Remove(due);
            if (due.Period > TimeSpan.Zero) Arm(due, due.Period);
            return due;
        }
    }

    private void Arm(ManualTimer timer, TimeSpan dueTime)
    {
        (timer.DueTime, timer.DueAt, timer.Number) = (dueTime, _elapsed + dueTime, ++_timerNumber);
        _timers.Add(timer);
        foreach (var (_, armed) in _awaited.Where(one => one.DueTime == dueTime)) armed.SetResult();
        _awaited.RemoveAll(one => one.DueTime == dueTime);
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public TimeSpan DueTime { get; set; }

        public TimeSpan DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public long Number { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (_disposed) return false;
                clock._timers.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan) clock.Arm(this, dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _disposed = true;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
