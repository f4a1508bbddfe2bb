using Meanwhile.Stores;

namespace Meanwhile.Quotas;

/// <summary>The names under which quotas are set, and the words of what they count.</summary>
internal static class QuotaKeys
{
    private const string KeyPrefix = "key:";
    private const string ProjectPrefix = "project:";

    /// <summary>A whole project's.</summary>
    public static string OfProject(string project) => ProjectPrefix + project;

    /// <summary>A principal's.</summary>
    public static string OfKey(string principal) => KeyPrefix + principal;

    /// <summary>The principal of a key's quota; null for a project's.</summary>
    public static string? PrincipalOf(string key) => key.StartsWith(KeyPrefix, StringComparison.Ordinal) ? key[KeyPrefix.Length..] : null;

    /// <summary>The project of a project's quota; null for a key's.</summary>
    public static string? ProjectOf(string key) => key.StartsWith(ProjectPrefix, StringComparison.Ordinal) ? key[ProjectPrefix.Length..] : null;

    extension(UsageKind kind)
    {
        /// <summary>The field that limits it.</summary>
        public string Word => kind switch
        {
            UsageKind.LiveJobs => "live_jobs",
            UsageKind.SubmissionsPerMinute => "submissions_per_minute",
            UsageKind.SubmissionsPerDay => "submissions_per_day",
            UsageKind.ResultBytes => "result_bytes",
        };
    }
}
