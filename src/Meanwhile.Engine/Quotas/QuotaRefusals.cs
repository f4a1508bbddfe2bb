using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Quotas;

/// <summary>Says that a quota has no room for a job.</summary>
internal static class QuotaRefusals
{
    /// <summary>When to ask again where a live job has to end first: nobody knows when that will be.</summary>
    private static readonly TimeSpan AfterLiveJobs = TimeSpan.FromSeconds(5);

    /// <summary>When to ask again where a result has to expire first: as often as that is looked for.</summary>
    private static readonly TimeSpan AfterResults = TimeSpan.FromSeconds(60);

    /// <summary>The refusal.</summary>
    public static Problem Of(string project, Submission.OverLimit over)
    {
        var limit = over.Limit;
        var key = limit.Principal is { } principal ? QuotaKeys.OfKey(principal) : QuotaKeys.OfProject(project);
        return new Problem
        {
            Code = ProblemCodes.QuotaExceeded,
            Detail = $"The quota of {key} allows {limit.Max} {Words(limit.Kind)}; {over.Used} are used. Nothing was stored: {Wait(limit.Kind)}, or ask an admin for more.",
            Limit = new LimitReached(key, limit.Kind.Word, limit.Max, over.Used),
            RetryAfter = over.FreeIn ?? (limit.Kind == UsageKind.ResultBytes ? AfterResults : AfterLiveJobs),
        };
    }

    private static string Words(UsageKind kind) => kind switch
    {
        UsageKind.LiveJobs => "jobs that wait or run at once",
        UsageKind.SubmissionsPerMinute => "submissions a minute",
        UsageKind.SubmissionsPerDay => "submissions a day",
        UsageKind.ResultBytes => "bytes of stored results",
    };

    private static string Wait(UsageKind kind) => kind switch
    {
        UsageKind.LiveJobs => "wait until some have ended",
        UsageKind.SubmissionsPerMinute => "wait for the next minute",
        UsageKind.SubmissionsPerDay => "wait for the next day (UTC)",
        UsageKind.ResultBytes => "wait until results expire, or submit with a shorter ttl_hours",
    };
}
