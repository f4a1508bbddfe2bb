using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.Stores;

/// <summary>What became of one job of a submission. Closed: the cases are those nested here.</summary>
public abstract record Submission
{
    private Submission()
    {
    }

    /// <summary>Stored, and durable.</summary>
    public sealed record Accepted(long Sequence) : Submission;

    /// <summary>The same idempotency key with the same content was accepted before (or earlier in this very call): that is the job.</summary>
    public sealed record Duplicate(JobId Existing) : Submission;

    /// <summary>The same idempotency key was used with other content.</summary>
    public sealed record Conflict(JobId Existing) : Submission;

    /// <summary>It has no room within a limit, and was not stored; only <see cref="IUsage.SubmitAsync"/> answers this.</summary>
    /// <param name="Used">How much of the limit is used.</param>
    /// <param name="FreeIn">When there will be room again; null = not known.</param>
    public sealed record OverLimit(UsageLimit Limit, long Used, TimeSpan? FreeIn) : Submission;
}

/// <summary>A job that was accepted unseen, and why it can't run.</summary>
public sealed record RefusedJob(JobId Job, JobError Error);

/// <summary>The end of an attempt that its owner did not write.</summary>
/// <param name="FinishId">As of a finish.</param>
public sealed record SeenGone(AttemptFence Fence, Guid FinishId, AttemptOutcome.Stopped Outcome);

/// <summary>A finish of an attempt.</summary>
/// <param name="FinishId">Names this finish; see <see cref="JobChange.Finish"/>.</param>
public sealed record AttemptEnd(AttemptFence Fence, Guid FinishId, AttemptOutcome Outcome);

/// <summary>Somebody's wish that a job be stopped.</summary>
/// <param name="By">The principal.</param>
public readonly record struct CancelRequest(JobId Job, string By);

/// <summary>A report of how far an attempt is.</summary>
/// <param name="AsEvent">Whether a durable progress event is written as well.</param>
public sealed record ProgressReport(AttemptFence Fence, JobProgress Progress, bool AsEvent);

/// <summary>What is known of the stopping of an attempt's work; see <see cref="JobChange.NoteCancel"/>.</summary>
public sealed record CancelNote(AttemptFence Fence, DateTimeOffset? SentAt, string? Answer, DateTimeOffset? ConfirmedAt, bool Unconfirmed);

/// <summary>What a write did, and the job afterwards.</summary>
/// <param name="Result">Whether it applied.</param>
/// <param name="Job">The job as it is now; null when there is none.</param>
public sealed record JobWrite(WriteResult Result, JobRecord? Job);

/// <summary>What may go, and how much of it in one call.</summary>
/// <param name="HistoryAge">How long the slim row of an expired job stays after its ending.</param>
/// <param name="EventAge">How long events stay in the feed.</param>
/// <param name="BatchMax">At most so many rows of each kind: 1 to 10,000.</param>
public sealed record RetentionRequest(TimeSpan HistoryAge, TimeSpan EventAge, int BatchMax);

/// <summary>What went; when any count equals the batch's maximum there may be more.</summary>
public sealed record RetentionResult(int Expired, int Forgotten, int EventsDropped);

/// <summary>What an attempt wrote to the blob store.</summary>
public enum AttemptBlobKind
{
    /// <summary>Result partitions: needed while the job lives under that fence or its <see cref="CommitIntent"/> is of that fence, and then while a manifest that has not expired names them.</summary>
    Result,

    /// <summary>A log: needed until the job expires.</summary>
    Log,
}

/// <summary>Names what an attempt wrote to the blob store.</summary>
public readonly record struct AttemptBlobs(AttemptBlobKind Kind, AttemptFence Fence)
{
    /// <summary>Whether a job in this state needs them.</summary>
    public bool AreNeededBy(JobState state) => !state.Expired && Kind switch
    {
        AttemptBlobKind.Log => true,
        AttemptBlobKind.Result when state.Status.IsFinal => state.Result is { } result && (result.Attempt, result.Fence) == (Fence.Attempt, Fence.Fence),
        AttemptBlobKind.Result => (state.Attempt, state.Fence) == (Fence.Attempt, Fence.Fence) || (state.Commit is { } commit && (commit.Attempt, commit.Fence) == (Fence.Attempt, Fence.Fence)),
    };
}

/// <summary>Keeps every job and is the only place where a job's state changes, by <see cref="Transitions"/>; each change writes its events in the same transaction.</summary>
/// <remarks>
/// Everything that a verb answers as applied is on stable storage. A write made for an attempt carries its <see cref="AttemptFence"/>; once
/// the attempt has another owner it changes nothing and answers <see cref="WriteResult.Fenced"/>. Answers come in the order of what was
/// asked. Safe for concurrent use. Any verb may throw <see cref="StoreUnavailableException"/>: repeating it is safe, unless it says otherwise.
/// </remarks>
public interface IJobStore
{
    /// <summary>Accepts jobs: all of them in one transaction.</summary>
    /// <param name="jobs">1 to 1,000. An id that is there already, from a try whose answer was lost, answers accepted again.</param>
    ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken);

    /// <summary>Claims due jobs for one node, in the order that <see cref="ClaimPlanner"/> decides.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The claim may have been committed all the same: such attempts are found again under this node's epoch, so ask <see cref="IJobReader.OwnedAsync"/> before claiming anew.
    /// </exception>
    ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken);

    /// <summary>Records how attempts ended, with their events, in one transaction, and frees what they held.</summary>
    ValueTask<IReadOnlyList<JobWrite>> FinishAsync(IReadOnlyList<AttemptEnd> ends, CancellationToken cancellationToken);

    /// <summary>Stores the wish that jobs be stopped. Waiting ones end at once; running ones keep the wish, also over a crash.</summary>
    ValueTask<IReadOnlyList<JobWrite>> RequestCancelAsync(IReadOnlyList<CancelRequest> requests, CancellationToken cancellationToken);

    /// <summary>Records that attempts are over their timeout and about to be stopped.</summary>
    ValueTask<IReadOnlyList<JobWrite>> MarkOverTimeAsync(IReadOnlyList<AttemptFence> attempts, CancellationToken cancellationToken);

    /// <summary>Records what is known of the stopping of attempts.</summary>
    ValueTask<IReadOnlyList<JobWrite>> NoteCancelAsync(IReadOnlyList<CancelNote> notes, CancellationToken cancellationToken);

    /// <summary>Records, before it happens, that an attempt is about to do what must not be done twice.</summary>
    /// <param name="commitIsMarked">Whether <see cref="BeginCommitAsync"/> precedes the commit.</param>
    ValueTask<JobWrite> BeginEffectsAsync(AttemptFence attempt, bool commitIsMarked, CancellationToken cancellationToken);

    /// <summary>Records, before it happens, that an attempt is about to commit what it did; see <see cref="CommitIntent"/>.</summary>
    /// <param name="result">Whole and durable.</param>
    ValueTask<JobWrite> BeginCommitAsync(AttemptFence attempt, string mark, ResultManifest result, CancellationToken cancellationToken);

    /// <summary>Ends jobs whose work somebody saw gone instead of their owners, raising the fence in the same write; see <see cref="JobChange.EndInstead"/>.</summary>
    ValueTask<IReadOnlyList<JobWrite>> EndInsteadAsync(IReadOnlyList<SeenGone> ends, CancellationToken cancellationToken);

    /// <summary>Records how far attempts are. Fraction and number never fall within an attempt; a report that would lower the number is dropped as applied.</summary>
    ValueTask<IReadOnlyList<WriteResult>> SaveProgressAsync(IReadOnlyList<ProgressReport> reports, CancellationToken cancellationToken);

    /// <summary>Stores what the next attempt can go on from; it outlives the attempt and goes with the ending.</summary>
    /// <param name="checkpoint">JSON, at most 64 KiB.</param>
    ValueTask<WriteResult> SaveCheckpointAsync(AttemptFence attempt, string checkpoint, CancellationToken cancellationToken);

    /// <summary>Fails jobs that were accepted unseen and can't run; one that has begun is left alone.</summary>
    ValueTask<IReadOnlyList<JobWrite>> RefuseAsync(IReadOnlyList<RefusedJob> jobs, CancellationToken cancellationToken);

    /// <summary>Ends waiting jobs whose start deadline has passed: at most <paramref name="batchMax"/> (1 to 10,000).</summary>
    ValueTask<IReadOnlyList<JobRecord>> MissStartsAsync(int batchMax, CancellationToken cancellationToken);

    /// <summary>Removes what is over its time: bodies and results of expired jobs, slim rows, events. Files are the collector's.</summary>
    ValueTask<RetentionResult> RetainAsync(RetentionRequest request, CancellationToken cancellationToken);
}
