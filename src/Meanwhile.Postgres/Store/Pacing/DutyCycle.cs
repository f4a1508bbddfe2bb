namespace Meanwhile.Postgres.Store.Pacing;

/// <summary>Bounds how much of the time goes into work whose cost only shows while it is done, such as reading an index from its head while vacuum is held back: the longer it took, the later again. Safe for concurrent use.</summary>
/// <param name="every">At most so often, however quick it is.</param>
internal sealed class DutyCycle(TimeProvider time, TimeSpan every)
{
    /// <summary>How many times as long as it took it rests: so it takes less than a tenth of the time.</summary>
    private const int RestFactor = 10;

    private readonly Lock _gate = new();
    private bool _working;
    private long _begunAt;
    private long? _endedAt;
    private TimeSpan _rest;

    /// <summary>Begins, unless it is under way or rests. Whoever begins ends it.</summary>
    /// <param name="early">Whether also before the usual time is over, as there is a reason to.</param>
    public bool TryBegin(bool early = false)
    {
        lock (_gate)
        {
            if (_working || (_endedAt is { } ended && time.GetElapsedTime(ended) < (early || _rest > every ? _rest : every))) return false;
            _begunAt = time.GetTimestamp();
            return _working = true;
        }
    }

    /// <summary>Ends.</summary>
    public void End()
    {
        lock (_gate)
        {
            _working = false;
            _endedAt = time.GetTimestamp();
            _rest = time.GetElapsedTime(_begunAt) * RestFactor;
        }
    }
}
