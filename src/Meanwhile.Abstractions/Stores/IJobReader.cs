using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Stores;

/// <summary>Which jobs are wanted. What is null or empty does not restrict.</summary>
public sealed record JobFilter
{
    /// <summary>The project; always given.</summary>
    public required string Project { get; init; }

    /// <summary>Any of these statuses.</summary>
    public IReadOnlySet<JobStatus> Statuses { get; init; } = new HashSet<JobStatus>();

    /// <summary>Only pending jobs whose run_at is in the future (true), or none of them (false).</summary>
    public bool? Scheduled { get; init; }

    /// <summary>This tool.</summary>
    public string? Tool { get; init; }

    /// <summary>This source.</summary>
    public string? Source { get; init; }

    /// <summary>This principal.</summary>
    public string? SubmittedBy { get; init; }

    /// <summary>All of these labels with these values.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = JobSpec.NoLabels;

    /// <summary>This trace: 32 hex digits.</summary>
    public string? TraceId { get; init; }

    /// <summary>Created at or after.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Created before.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Ran for at least so long: from start to end, of ended jobs.</summary>
    public TimeSpan? DurationMin { get; init; }

    /// <summary>Ran for at most so long.</summary>
    public TimeSpan? DurationMax { get; init; }

    /// <summary>These words in the statement or the error's message, in any case (ASCII).</summary>
    public string? Words { get; init; }
}

/// <summary>A page of jobs.</summary>
/// <param name="Jobs">Newest first, by id.</param>
/// <param name="ScannedUntil">The last id that was looked at: where the next page starts, also when this one is short because the row budget was spent. Null at the end.</param>
public sealed record JobList(IReadOnlyList<JobRecord> Jobs, JobId? ScannedUntil)
{
    /// <summary>The row budget: how many jobs one call looks at.</summary>
    public const int RowBudget = 10_000;
}

/// <summary>How many jobs of a project are in a status.</summary>
public readonly record struct StatusCount(JobStatus Status, long Count);

/// <summary>A running job that somebody, or its timeout, wants stopped.</summary>
public readonly record struct CancelIntent(AttemptFence Fence, CancelReason Reason);

/// <summary>Reads jobs. Safe for concurrent use. Any verb may throw <see cref="StoreUnavailableException"/>; repeating it is safe.</summary>
public interface IJobReader
{
    /// <summary>Up to where <see cref="PositionsAsync"/> counts.</summary>
    public const int PositionMax = 1_000;

    /// <summary>The store's history: another uuid means that numbers and cursors of before mean nothing.</summary>
    Guid Incarnation { get; }

    /// <summary>The key of the store's short ids: <see cref="ShortIds.KeyLength"/> bytes, never changed.</summary>
    ReadOnlyMemory<byte> ShortIdKey { get; }

    /// <summary>The jobs with these ids, in that order; null where there is none. At most 1,000.</summary>
    ValueTask<IReadOnlyList<JobRecord?>> GetAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);

    /// <summary>The id of a project's nth job; null when there is none.</summary>
    ValueTask<JobId?> FindAsync(string project, long sequence, CancellationToken cancellationToken);

    /// <summary>The job of an idempotency key; null when there is none.</summary>
    ValueTask<JobId?> FindByIdempotencyKeyAsync(string project, string submittedBy, string key, CancellationToken cancellationToken);

    /// <summary>Jobs, newest first.</summary>
    /// <param name="before">Only jobs with a smaller id; null = from the newest.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<JobList> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken cancellationToken);

    /// <summary>How many jobs a project has in each status that occurs, from counters. Expired jobs count until their slim row goes.</summary>
    ValueTask<IReadOnlyList<StatusCount>> CountAsync(string project, CancellationToken cancellationToken);

    /// <summary>How many due jobs are ahead of each of these for the same source (or, without one, the same tool) of the same project; null unless pending and due. Exact up to 1,000, which also stands for more.</summary>
    ValueTask<IReadOnlyList<int?>> PositionsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);

    /// <summary>The jobs that a node's epoch runs, at most 10,000.</summary>
    ValueTask<IReadOnlyList<JobRecord>> OwnedAsync(NodeEpoch node, CancellationToken cancellationToken);

    /// <summary>Those of a node's attempts that are to be stopped.</summary>
    ValueTask<IReadOnlyList<CancelIntent>> CancelIntentsAsync(NodeEpoch node, CancellationToken cancellationToken);

    /// <summary>Jobs of any project and node that are to be stopped and have no owner that answers: running ones whose source was not told within a time, and waiting ones whose owner was lost. Longest asked for first.</summary>
    /// <param name="age">How long ago the stop was asked for, by the store's time.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<IReadOnlyList<JobRecord>> UnansweredCancelsAsync(TimeSpan age, int limit, CancellationToken cancellationToken);

    /// <summary>The checkpoint that earlier attempts left; null when there is none.</summary>
    ValueTask<string?> GetCheckpointAsync(JobId job, CancellationToken cancellationToken);

    /// <summary>Those of these blobs that nothing needs any more; see <see cref="AttemptBlobKind"/>. At most 1,000.</summary>
    ValueTask<IReadOnlyList<AttemptBlobs>> UnneededAsync(IReadOnlyList<AttemptBlobs> blobs, CancellationToken cancellationToken);
}
