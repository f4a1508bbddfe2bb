using System.Globalization;

namespace Meanwhile.Postgres.Store.Partitions;

/// <summary>A partition of a table.</summary>
/// <param name="From">The bound that it begins at, as SQL says it.</param>
/// <param name="To">The first bound behind it.</param>
/// <param name="EndsAt">The time behind it.</param>
internal sealed record Partition(string Table, string Name, string From, string To, DateTimeOffset EndsAt);

/// <summary>How a table is cut by time: a pure function of dates.</summary>
/// <param name="Table">The table.</param>
/// <param name="Days">How many days one partition holds; they are counted from 1970-01-01.</param>
/// <param name="ByJobId">Whether it is cut by job ids, which begin with their time, or else by time itself.</param>
internal sealed record PartitionPlan(string Table, int Days, bool ByJobId)
{
    private const int VersionShift = 16;

    /// <summary>Every table that is cut.</summary>
    public static IReadOnlyList<PartitionPlan> All { get; } = [new("history", 10, true), new("body", 2, true), new("event_batch", 1, false)];

    /// <summary>The partition that holds a time.</summary>
    public Partition At(DateTimeOffset time)
    {
        var ordinal = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerDay / Days;
        var (begin, end) = (Day(ordinal), Day(ordinal + 1));
        return new Partition(Table, $"{Table}_{begin.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}", Bound(begin), Bound(end), end);
    }

    /// <summary>The partitions that there should be at a time: the one before, that one, and those of the next three days.</summary>
    public IEnumerable<Partition> Around(DateTimeOffset now) => new[] { -1, 0, 1, 2, 3 }.Select(days => At(now.AddDays(days))).DistinctBy(partition => partition.Name);

    /// <summary>The partition of a name that <see cref="At"/> gave; null when it is another's, such as the one for all other rows.</summary>
    public Partition? Parse(string name) =>
        name.Length == Table.Length + 9 && DateTimeOffset.TryParseExact(name.AsSpan(Table.Length + 1), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day) && At(day).Name == name
            ? At(day)
            : null;

    private DateTimeOffset Day(long ordinal) => DateTimeOffset.UnixEpoch.AddDays(ordinal * Days);

    private string Bound(DateTimeOffset day)
    {
        if (!ByJobId) return day.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss+00", CultureInfo.InvariantCulture);
        var head = day.ToUnixTimeMilliseconds() << VersionShift; // the smallest id of that time
        var hex = head.ToString("x16", CultureInfo.InvariantCulture);
        return $"{hex[..8]}-{hex[8..12]}-{hex[12..]}-0000-000000000000";
    }
}
