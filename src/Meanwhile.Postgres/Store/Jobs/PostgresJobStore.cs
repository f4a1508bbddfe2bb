using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Claims;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Reports;
using Meanwhile.Postgres.Store.Retention;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Submitting;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Jobs;

/// <summary>The verbs that change jobs.</summary>
internal sealed class PostgresJobStore(Database database, StoreClock clock, JobWriter writer, Submitter submitter, Claimer claimer, Reporter reporter, Retainer retainer) : IJobStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken) => submitter.SubmitAsync(jobs, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken) => claimer.ClaimAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> FinishAsync(IReadOnlyList<AttemptEnd> ends, CancellationToken cancellationToken) =>
        writer.ChangeAsync(ends, end => end.Fence.Job, end => new JobChange.Finish(end.Fence, end.FinishId, end.Outcome), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RequestCancelAsync(IReadOnlyList<CancelRequest> requests, CancellationToken cancellationToken) =>
        writer.ChangeAsync(requests, request => request.Job, request => new JobChange.RequestCancel(request.By), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> MarkOverTimeAsync(IReadOnlyList<AttemptFence> attempts, CancellationToken cancellationToken) =>
        writer.ChangeAsync(attempts, attempt => attempt.Job, attempt => new JobChange.OverTime(attempt), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> NoteCancelAsync(IReadOnlyList<CancelNote> notes, CancellationToken cancellationToken) =>
        writer.ChangeAsync(notes, note => note.Fence.Job, note => new JobChange.NoteCancel(note.Fence, note.SentAt, note.Answer, note.ConfirmedAt, note.Unconfirmed), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<JobWrite> BeginEffectsAsync(AttemptFence attempt, bool commitIsMarked, CancellationToken cancellationToken) =>
        (await writer.ChangeAsync([attempt], fence => fence.Job, fence => new JobChange.BeginEffects(fence, commitIsMarked), cancellationToken))[0];

    /// <inheritdoc/>
    public async ValueTask<JobWrite> BeginCommitAsync(AttemptFence attempt, string mark, ResultManifest result, CancellationToken cancellationToken) =>
        (await writer.ChangeAsync([attempt], fence => fence.Job, fence => new JobChange.BeginCommit(fence, mark, result), cancellationToken))[0];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> EndInsteadAsync(IReadOnlyList<SeenGone> ends, CancellationToken cancellationToken) =>
        writer.ChangeAsync(ends, end => end.Fence.Job, end => new JobChange.EndInstead(end.Fence, end.FinishId, end.Outcome), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RefuseAsync(IReadOnlyList<RefusedJob> jobs, CancellationToken cancellationToken) =>
        writer.ChangeAsync(jobs, job => job.Job, job => new JobChange.Refuse(job.Error), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WriteResult>> SaveProgressAsync(IReadOnlyList<ProgressReport> reports, CancellationToken cancellationToken) => reporter.SaveAsync(reports, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<WriteResult> SaveCheckpointAsync(AttemptFence attempt, string checkpoint, CancellationToken cancellationToken) => reporter.SaveAsync(attempt, checkpoint, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JobRecord>> MissStartsAsync(int batchMax, CancellationToken cancellationToken)
    {
        var late = await database.ListAsync(new Call(JobSql.MissedStarts, clock.Parameter, Parameters.Int(batchMax)), row => new JobId(row.GetGuid(0)), cancellationToken);
        if (late.Count == 0) return [];
        var missed = await writer.ChangeAsync(late, job => job, _ => new JobChange.MissStart(), cancellationToken);
        return [.. missed.Where(write => write.Result == WriteResult.Applied).Select(write => write.Job!)];
    }

    /// <inheritdoc/>
    public ValueTask<RetentionResult> RetainAsync(RetentionRequest request, CancellationToken cancellationToken) => retainer.RetainAsync(request, cancellationToken);
}
