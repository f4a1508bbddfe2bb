using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Usages;

/// <summary>Something that is counted.</summary>
/// <param name="Project">The project's row.</param>
/// <param name="Principal">Empty = the whole project.</param>
internal readonly record struct UsageCount(int Project, string Principal, UsageKind Kind);

/// <summary>The windows in which submissions are counted.</summary>
internal static class UsageWindows
{
    /// <summary>When the running window began; null of what has none.</summary>
    public static DateTimeOffset? StartOf(UsageKind kind, DateTimeOffset now) =>
        LengthOf(kind) is { } length ? new DateTimeOffset(now.UtcTicks - (now.UtcTicks % length.Ticks), TimeSpan.Zero) : null;

    /// <summary>When it ends; null of what has none.</summary>
    public static TimeSpan? FreeIn(UsageKind kind, DateTimeOffset now) => StartOf(kind, now) + LengthOf(kind) - now;

    private static TimeSpan? LengthOf(UsageKind kind) => kind switch
    {
        UsageKind.SubmissionsPerMinute => TimeSpan.FromMinutes(1),
        UsageKind.SubmissionsPerDay => TimeSpan.FromDays(1),
        UsageKind.LiveJobs or UsageKind.ResultBytes => null,
    };
}
