using Meanwhile.Jobs;

namespace Meanwhile.Server.Jobs;

/// <summary>How soon it is worth asking about a job again.</summary>
internal static class PollPace
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Short while the job is young, longer the longer it takes, and not before it is due; null once it has ended.</summary>
    public static TimeSpan? Of(JobState state, DateTimeOffset createdAt, DateTimeOffset now)
    {
        if (state.Status.IsFinal) return null;
        if (state.Status is JobStatus.Pending && state.RunAt - now is { } ahead && ahead > TimeSpan.Zero) return ahead < LongestPause ? ahead : LongestPause;
        return (now - (state.StartedAt ?? createdAt)).TotalSeconds switch
        {
            < 5 => TimeSpan.FromMilliseconds(250),
            < 60 => TimeSpan.FromSeconds(1),
            < 600 => TimeSpan.FromSeconds(2),
            _ => TimeSpan.FromSeconds(5),
        };
    }
}
