using Meanwhile.Jobs;

namespace Meanwhile.Stores;

/// <summary>What is counted of a project, or of a principal in it.</summary>
public enum UsageKind
{
    /// <summary>Jobs that have not ended.</summary>
    LiveJobs,

    /// <summary>Jobs that limited submissions made in the running minute of the store's clock.</summary>
    SubmissionsPerMinute,

    /// <summary>Jobs that limited submissions made in the running day (UTC) of the store's clock.</summary>
    SubmissionsPerDay,

    /// <summary>Stored bytes of the results of jobs that have not expired; of whole projects alone.</summary>
    ResultBytes,
}

/// <summary>How much may be used.</summary>
/// <param name="Principal">Whose jobs are counted; null = all of the project.</param>
/// <param name="Max">A job that would make it more than this is refused; of <see cref="UsageKind.ResultBytes"/>, once so much is there. 0 or more.</param>
public readonly record struct UsageLimit(UsageKind Kind, string? Principal, long Max);

/// <summary>A job to be accepted only where every limit has room for it.</summary>
/// <param name="Limits">Of the job's project; the first that has no room is told. At least one.</param>
public sealed record LimitedJob(JobSpec Job, IReadOnlyList<UsageLimit> Limits);

/// <summary>What is used now.</summary>
/// <param name="LiveJobs">See <see cref="UsageKind.LiveJobs"/>.</param>
/// <param name="SubmissionsThisMinute">See <see cref="UsageKind.SubmissionsPerMinute"/>: counted only while there is such a limit.</param>
/// <param name="SubmissionsToday">See <see cref="UsageKind.SubmissionsPerDay"/>: counted only while there is such a limit.</param>
/// <param name="ResultBytes">See <see cref="UsageKind.ResultBytes"/>; 0 of a principal.</param>
public readonly record struct Usage(long LiveJobs, long SubmissionsThisMinute, long SubmissionsToday, long ResultBytes);

/// <summary>Counts what projects and principals use, for all nodes together, and accepts jobs within limits.</summary>
/// <remarks>
/// Jobs without limits go through <see cref="IJobStore.SubmitAsync"/> and cost nothing here. Windows begin and end by the store's clock, so that no node's clock matters.
/// Safe for concurrent use. Any verb may throw <see cref="StoreUnavailableException"/>: repeating it is safe.
/// </remarks>
public interface IUsage
{
    /// <summary>Accepts jobs as <see cref="IJobStore.SubmitAsync"/> does, but each only if all of its limits have room for it, counted in the same transaction: no race goes over a limit.</summary>
    /// <param name="jobs">1 to 1,000, one after the other: what an earlier one takes a later one finds taken. Those that answer duplicate, conflict or over limit, or were there already, count nothing.</param>
    ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<LimitedJob> jobs, CancellationToken cancellationToken);

    /// <summary>What a project uses.</summary>
    /// <param name="principal">What this principal uses in it; null = the whole project.</param>
    ValueTask<Usage> ReadAsync(string project, string? principal, CancellationToken cancellationToken);
}
