using Meanwhile.Jobs;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>What projects and principals use. Live jobs of a principal are counted once it is first asked for, and followed from then on.</summary>
internal sealed class UsageTable(WriteSession session)
{
    private const int FollowedMax = 10_000;
    private readonly Dictionary<(long Project, string Principal), long> _live = [];

    /// <summary>How much is used.</summary>
    /// <param name="project">Null when no job of it was ever there.</param>
    public long Used(ProjectRow? project, UsageKind kind, string? principal, DateTimeOffset now) => project is null ? 0 : kind switch
    {
        UsageKind.LiveJobs => principal is null ? LiveJobs(project) : LiveJobs(project.Id, principal),
        UsageKind.ResultBytes => project.ResultBytes,
        UsageKind.SubmissionsPerMinute or UsageKind.SubmissionsPerDay => Submissions(project.Id, kind, principal, now),
    };

    /// <summary>When the running window ends; null of what has none.</summary>
    public static TimeSpan? FreeIn(UsageKind kind, DateTimeOffset now) => WindowOf(kind) is { } window ? StartOf(window, now) + window - now : null;

    /// <summary>Counts a submission within its limits.</summary>
    public void Take(ProjectRow project, IReadOnlyList<UsageLimit> limits, DateTimeOffset now)
    {
        foreach (var limit in limits)
        {
            if (WindowOf(limit.Kind) is not { } window) continue;
            var set = session.Use(UsageSql.SetSubmissions);
            set.Bind(1, project.Id);
            set.Bind(2, limit.Principal ?? "");
            set.Bind(3, (long)limit.Kind);
            set.Bind(4, Micros.Of(StartOf(window, now)));
            set.Bind(5, 1 + Submissions(project.Id, limit.Kind, limit.Principal, now));
            set.RunToEnd();
        }
    }

    /// <summary>Says that a principal has one live job more, or one less.</summary>
    public void Count(long project, string principal, int change)
    {
        if (_live.Count == 0) return; // nobody has asked: nothing to follow
        if (_live.TryGetValue((project, principal), out var live)) _live[(project, principal)] = live + change;
    }

    /// <summary>Forgets all that is remembered.</summary>
    public void Forget() => _live.Clear();

    private static long LiveJobs(ProjectRow project)
    {
        var live = 0L;
        foreach (var status in JobStatuses.All)
        {
            if (!status.IsFinal) live += project.Counts[(int)status];
        }

        return live;
    }

    private long LiveJobs(long project, string principal)
    {
        if (_live.TryGetValue((project, principal), out var known)) return known;
        if (_live.Count >= FollowedMax) _live.Clear();
        var count = session.Use(UsageSql.LiveJobs);
        count.Bind(1, project);
        count.Bind(2, principal);
        return _live[(project, principal)] = Session.First(count) ?? 0;
    }

    private long Submissions(long project, UsageKind kind, string? principal, DateTimeOffset now)
    {
        var find = session.Use(UsageSql.Submissions);
        find.Bind(1, project);
        find.Bind(2, principal ?? "");
        find.Bind(3, (long)kind);
        var used = find.Step() && find.Int64(0) >= Micros.Of(StartOf(WindowOf(kind)!.Value, now)) ? find.Int64(1) : 0; // a clock that was set back opens no new window
        find.Reset();
        return used;
    }

    private static TimeSpan? WindowOf(UsageKind kind) => kind switch
    {
        UsageKind.SubmissionsPerMinute => TimeSpan.FromMinutes(1),
        UsageKind.SubmissionsPerDay => TimeSpan.FromDays(1),
        UsageKind.LiveJobs or UsageKind.ResultBytes => null,
    };

    private static DateTimeOffset StartOf(TimeSpan window, DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % window.Ticks), TimeSpan.Zero);
}
