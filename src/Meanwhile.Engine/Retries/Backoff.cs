using Meanwhile.Jobs;

namespace Meanwhile.Retries;

/// <summary>When a failed attempt is followed by another: exponential backoff with full jitter, and never before the source asks.</summary>
internal static class Backoff
{
    /// <summary>The longest delay that jitter is drawn from: 10 min.</summary>
    public static readonly TimeSpan Cap = TimeSpan.FromMinutes(10);

    /// <summary>What a source may ask for at most: 1 day.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromDays(1);

    /// <summary>The range of the first delay: 1 s.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The delay after a failure.</summary>
    /// <param name="failures">How many attempts have failed by now: 1 or more.</param>
    /// <param name="draw">Uniform in [0, 1).</param>
    /// <param name="retryAfter">What the source asks for, heeded up to <see cref="RetryAfterMax"/>; null = nothing.</param>
    public static TimeSpan Delay(int failures, double draw, TimeSpan? retryAfter = null)
    {
        var doublings = Math.Clamp(failures - 1, 0, 30);
        var range = Math.Min(Cap.TotalSeconds, First.TotalSeconds * Math.Pow(2, doublings));
        var delay = TimeSpan.FromSeconds(range * draw);
        if (retryAfter is not { } asked || asked <= delay) return delay;
        return asked < RetryAfterMax ? asked : RetryAfterMax;
    }

    /// <summary>Whether an error is worth another attempt, apart from how many are left.</summary>
    /// <remarks>What may have had its effect is not tried again, unless the work may be repeated.</remarks>
    public static bool IsRetried(JobError error, bool mayRepeat) => error.Type switch
    {
        ErrorKind.UnknownOutcome => mayRepeat,
        ErrorKind.Transient or ErrorKind.Throttled or ErrorKind.Internal => error.Retryable && mayRepeat,
        ErrorKind.Auth or ErrorKind.Syntax or ErrorKind.NotFound or ErrorKind.Permission or ErrorKind.ResourceLimit or ErrorKind.Timeout or ErrorKind.Canceled => error.Retryable,
    };
}
