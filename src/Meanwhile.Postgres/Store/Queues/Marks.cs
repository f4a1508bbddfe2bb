namespace Meanwhile.Postgres.Store.Queues;

/// <summary>Low-water marks: before one there was nothing when somebody looked.</summary>
internal static class Marks
{
    /// <summary>How far behind a mark to begin, as others' transactions commit later than their times say.</summary>
    public static readonly TimeSpan Trail = TimeSpan.FromMilliseconds(100);

    /// <summary>How far once in a while, for those that take long: what lies between is mostly dead, and costs each claim that reads it while vacuum can't remove it.</summary>
    public static readonly TimeSpan LongTrail = TimeSpan.FromSeconds(2);

    /// <summary>So long before a mark; the beginning of time when there is no time so long before.</summary>
    public static DateTimeOffset Before(DateTimeOffset mark, TimeSpan trail) => mark - DateTimeOffset.MinValue > trail ? mark - trail : DateTimeOffset.MinValue;
}
