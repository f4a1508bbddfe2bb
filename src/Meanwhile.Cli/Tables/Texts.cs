using System.Globalization;

namespace Meanwhile.Cli.Tables;

/// <summary>Times, durations and counts as people read them.</summary>
internal static class Texts
{
    /// <summary>An instant in UTC, to the second.</summary>
    public static string Of(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>An instant in UTC, to the second; null where there is none.</summary>
    public static string? Of(DateTimeOffset? at) => at is { } value ? Of(value) : null;

    /// <summary>A duration in the unit that suits it: <c>38 ms</c>, <c>4.2 s</c>, <c>3 min 5 s</c>, <c>2 h 10 min</c>.</summary>
    public static string Of(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => Invariant($"{duration.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 60 } => Invariant($"{duration.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => Invariant($"{duration.Minutes} min {duration.Seconds} s"),
        _ => Invariant($"{(long)duration.TotalHours} h {duration.Minutes} min"),
    };

    /// <summary>A count with its noun: <c>1 row</c>, <c>20,000 rows</c>.</summary>
    public static string Count(long count, string noun) => Invariant($"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>Bytes in the unit that suits them.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => Invariant($"{bytes} B"),
        < 1024 * 1024 => Invariant($"{bytes / 1024d:0.0} KiB"),
        < 1024 * 1024 * 1024 => Invariant($"{bytes / (1024d * 1024):0.0} MiB"),
        _ => Invariant($"{bytes / (1024d * 1024 * 1024):0.0} GiB"),
    };

    /// <summary>Text with numbers as nobody's culture writes them.</summary>
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
