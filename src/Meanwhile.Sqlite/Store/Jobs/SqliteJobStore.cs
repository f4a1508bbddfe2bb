using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sqlite.Store.Claims;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Retention;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>The verbs that change jobs: each is one item of the writer.</summary>
internal sealed class SqliteJobStore(StoreWriter writer) : IJobStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken) =>
        writer.WriteAsync<IReadOnlyList<Submission>>(session => Each(jobs, job => Submit(session, job)), cancellationToken);

    private static Submission Submit(WriteSession session, JobSpec spec) => KnownByKey(session, spec) ?? new Submission.Accepted(session.Jobs.Add(spec));

    /// <summary>What a job that is there already answers, by its id or its idempotency key; null when it is new.</summary>
    public static Submission? Known(WriteSession session, JobSpec spec) =>
        session.Jobs.Find(spec.Id) is { } same ? new Submission.Accepted(same.Record.Sequence) : KnownByKey(session, spec);

    private static Submission? KnownByKey(WriteSession session, JobSpec spec)
    {
        if (spec.IdempotencyKey is not { } key || FindByKey(session, spec, key) is not { } found || found.Job == spec.Id) return null;
        return found.ContentHash.AsSpan().SequenceEqual(spec.ContentHash.Span) ? new Submission.Duplicate(found.Job) : new Submission.Conflict(found.Job);
    }

    private static (JobId Job, byte[] ContentHash)? FindByKey(WriteSession session, JobSpec spec, string key)
    {
        if (session.Projects.Find(spec.Project) is not { } project) return null;
        var find = session.Use(JobSql.ByIdempotencyKey);
        find.Bind(1, project.Id);
        find.Bind(2, spec.SubmittedBy);
        find.Bind(3, key);
        (JobId, byte[])? found = find.Step() ? (find.Id(0), find.Bytes(1) ?? []) : null;
        find.Reset();
        return found;
    }

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => Claiming.Claim(session, request), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> FinishAsync(IReadOnlyList<AttemptEnd> ends, CancellationToken cancellationToken) =>
        ChangeAsync(ends, end => end.Fence.Job, end => new JobChange.Finish(end.Fence, end.FinishId, end.Outcome), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RequestCancelAsync(IReadOnlyList<CancelRequest> requests, CancellationToken cancellationToken) =>
        ChangeAsync(requests, request => request.Job, request => new JobChange.RequestCancel(request.By), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> MarkOverTimeAsync(IReadOnlyList<AttemptFence> attempts, CancellationToken cancellationToken) =>
        ChangeAsync(attempts, attempt => attempt.Job, attempt => new JobChange.OverTime(attempt), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> NoteCancelAsync(IReadOnlyList<CancelNote> notes, CancellationToken cancellationToken) =>
        ChangeAsync(notes, note => note.Fence.Job, note => new JobChange.NoteCancel(note.Fence, note.SentAt, note.Answer, note.ConfirmedAt, note.Unconfirmed), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<JobWrite> BeginEffectsAsync(AttemptFence attempt, bool commitIsMarked, CancellationToken cancellationToken) =>
        (await ChangeAsync([attempt], fence => fence.Job, fence => new JobChange.BeginEffects(fence, commitIsMarked), cancellationToken))[0];

    /// <inheritdoc/>
    public async ValueTask<JobWrite> BeginCommitAsync(AttemptFence attempt, string mark, ResultManifest result, CancellationToken cancellationToken) =>
        (await ChangeAsync([attempt], fence => fence.Job, fence => new JobChange.BeginCommit(fence, mark, result), cancellationToken))[0];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> EndInsteadAsync(IReadOnlyList<SeenGone> ends, CancellationToken cancellationToken) =>
        ChangeAsync(ends, end => end.Fence.Job, end => new JobChange.EndInstead(end.Fence, end.FinishId, end.Outcome), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RefuseAsync(IReadOnlyList<RefusedJob> jobs, CancellationToken cancellationToken) =>
        ChangeAsync(jobs, job => job.Job, job => new JobChange.Refuse(job.Error), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WriteResult>> SaveProgressAsync(IReadOnlyList<ProgressReport> reports, CancellationToken cancellationToken) =>
        writer.WriteAsync<IReadOnlyList<WriteResult>>(session => Each(reports, report => SaveProgress(session, report)), cancellationToken);

    private static WriteResult SaveProgress(WriteSession session, ProgressReport report)
    {
        if (session.Jobs.Find(report.Fence.Job) is not { } job) return WriteResult.NotFound;
        if (Guard(job.Record.State, report.Fence) is { } refusal) return refusal;
        var known = job.Record.Progress;
        if (known is not null && report.Progress.Number <= known.Number) return WriteResult.Applied;
        var fraction = known?.Fraction is { } reached && !(report.Progress.Fraction > reached) ? reached : report.Progress.Fraction;
        session.Jobs.SaveProgress(job, report.Progress with { Fraction = fraction }, report.AsEvent, session.Now);
        return WriteResult.Applied;
    }

    /// <inheritdoc/>
    public ValueTask<WriteResult> SaveCheckpointAsync(AttemptFence attempt, string checkpoint, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => SaveCheckpoint(session, attempt, checkpoint), cancellationToken);

    private static WriteResult SaveCheckpoint(WriteSession session, AttemptFence attempt, string checkpoint)
    {
        if (session.Jobs.Find(attempt.Job) is not { } job) return WriteResult.NotFound;
        if (Guard(job.Record.State, attempt) is { } refusal) return refusal;
        var save = session.Use(JobSql.SaveCheckpoint);
        save.Bind(1, job.Row);
        save.Bind(2, checkpoint);
        save.RunToEnd();
        return WriteResult.Applied;
    }

    private static WriteResult? Guard(JobState state, AttemptFence fence) =>
        state.Fence != fence.Fence || state.Attempt != fence.Attempt ? WriteResult.Fenced
        : state.Status != JobStatus.Running ? WriteResult.AlreadyEnded
        : null;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> MissStartsAsync(int batchMax, CancellationToken cancellationToken) =>
        writer.WriteAsync<IReadOnlyList<JobRecord>>(session => MissStarts(session, batchMax), cancellationToken);

    private static JobRecord[] MissStarts(WriteSession session, int batchMax)
    {
        var now = session.Now;
        var find = session.Use(JobSql.MissedStarts);
        find.Bind(1, Micros.Of(now));
        find.Bind(2, batchMax);
        var rows = Session.All(find, row => row.Int64(0));
        return Each(rows, row => session.Jobs.Change(session.Jobs.At(row), new JobChange.MissStart(), now).Job!);
    }

    /// <inheritdoc/>
    public ValueTask<RetentionResult> RetainAsync(RetentionRequest request, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => Retaining.Retain(session, request), cancellationToken);

    private ValueTask<IReadOnlyList<JobWrite>> ChangeAsync<T>(IReadOnlyList<T> items, Func<T, JobId> jobOf, Func<T, JobChange> changeOf, CancellationToken cancellationToken) =>
        writer.WriteAsync<IReadOnlyList<JobWrite>>(
            session =>
            {
                var now = session.Now;
                return Each(items, item => session.Jobs.Change(jobOf(item), changeOf(item), now));
            },
            cancellationToken);

    private static TResult[] Each<T, TResult>(IReadOnlyList<T> items, Func<T, TResult> work)
    {
        var results = new TResult[items.Count];
        for (var i = 0; i < results.Length; i++) results[i] = work(items[i]);
        return results;
    }
}
