namespace Meanwhile.Server.Security;

/// <summary>How fast something may come.</summary>
/// <param name="PerSecond">How many, on average.</param>
/// <param name="Burst">How many at once, after a pause: 1 or more.</param>
internal readonly record struct Rate(double PerSecond, double Burst);

/// <summary>What a bucket answered.</summary>
/// <param name="Left">How many more may come at once.</param>
/// <param name="FreeIn">When one more may come; zero unless refused.</param>
/// <param name="FullIn">When as many may come as ever.</param>
internal readonly record struct Taken(bool IsTaken, long Left, TimeSpan FreeIn, TimeSpan FullIn);

/// <summary>Lets things through at a rate, and a few at once after a pause. Safe for concurrent use.</summary>
/// <param name="now">The monotonic time of its making; it is full then.</param>
internal sealed class TokenBucket(TimeSpan now)
{
    private readonly Lock _gate = new();
    private double _missing;
    private TimeSpan _at = now;

    /// <summary>Takes one token, if there is one. The rate may be another each time.</summary>
    public Taken Take(Rate rate, TimeSpan now)
    {
        lock (_gate)
        {
            if (now > _at) (_missing, _at) = (Math.Max(0, _missing - ((now - _at).TotalSeconds * rate.PerSecond)), now);
            var isTaken = _missing + 1 <= rate.Burst;
            if (isTaken) _missing++;
            var freeIn = isTaken ? TimeSpan.Zero : TimeSpan.FromSeconds((_missing + 1 - rate.Burst) / rate.PerSecond);
            return new Taken(isTaken, (long)Math.Max(0, rate.Burst - _missing), freeIn, TimeSpan.FromSeconds(_missing / rate.PerSecond));
        }
    }

    /// <summary>Whether nothing was taken that has not come back: such a bucket can be forgotten.</summary>
    public bool IsFull(Rate rate, TimeSpan now)
    {
        lock (_gate) return _missing <= (now - _at).TotalSeconds * rate.PerSecond;
    }
}
