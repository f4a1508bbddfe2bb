using System.Globalization;

namespace Meanwhile.Server;

/// <summary>The Retry-After header.</summary>
internal static class RetryAfter
{
    /// <summary>Whole seconds, at least 1.</summary>
    public static string Seconds(TimeSpan after) => ((long)Math.Max(1, Math.Ceiling(after.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
}
