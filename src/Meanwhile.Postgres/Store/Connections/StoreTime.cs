namespace Meanwhile.Postgres.Store.Connections;

/// <summary>What the time is by the database's clock, which every node of the store goes by; how long things take is the node's own monotonic time.</summary>
/// <remarks>A node whose clock is off by an hour so neither submits jobs that are due in an hour, nor tells of endings that nobody has seen yet.</remarks>
internal sealed class StoreTime(StoreClock clock, TimeProvider node) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => node.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => node.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => clock.Told ?? node.GetUtcNow();

    /// <inheritdoc/>
    public override long GetTimestamp() => node.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => node.CreateTimer(callback, state, dueTime, period);
}
