namespace Meanwhile.Sqlite.Store.Files;

/// <summary>Times and spans as the store keeps them: whole microseconds, cut off.</summary>
internal static class Micros
{
    private static readonly long EpochMicros = DateTimeOffset.UnixEpoch.UtcTicks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Microseconds since 1970.</summary>
    public static long Of(DateTimeOffset at) => (at.UtcTicks / TimeSpan.TicksPerMicrosecond) - EpochMicros;

    /// <summary>Microseconds since 1970, or null.</summary>
    public static long? Of(DateTimeOffset? at) => at is { } known ? Of(known) : null;

    /// <summary>A span in microseconds, or null.</summary>
    public static long? Of(TimeSpan? span) => span?.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time that <see cref="Of(DateTimeOffset)"/> wrote.</summary>
    public static DateTimeOffset Time(long micros) => new((micros + EpochMicros) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>The time that <see cref="Of(DateTimeOffset?)"/> wrote.</summary>
    public static DateTimeOffset? Time(long? micros) => micros is { } known ? Time(known) : null;

    /// <summary>The span that <see cref="Of(TimeSpan?)"/> wrote.</summary>
    public static TimeSpan? Span(long? micros) => micros is { } known ? TimeSpan.FromTicks(known * TimeSpan.TicksPerMicrosecond) : null;

    /// <summary>A time without what is finer than a microsecond, in UTC.</summary>
    public static DateTimeOffset CutOff(DateTimeOffset at) => Time(Of(at));
}
