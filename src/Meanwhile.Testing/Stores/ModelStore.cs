using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Testing.Stores;

/// <summary>Every store port in memory: dictionaries under one lock. What it does is what every store must do.</summary>
/// <remarks>Never unavailable. Safe for concurrent use.</remarks>
public sealed partial class ModelStore : IJobStore
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<JobId, JobRecord> _jobs = [];
    private readonly Dictionary<string, long> _sequences = [];
    private readonly Dictionary<(string Project, string SubmittedBy, string Key), JobId> _keys = [];
    private readonly Dictionary<JobId, string> _checkpoints = [];

    /// <param name="time">Decides due times.</param>
    /// <param name="draw">Fills a span with random bytes, for the incarnation and the key of short ids.</param>
    /// <param name="isShared">Whether several nodes live at once; otherwise it is exclusive, as the SQLite store is, and registering a node ends all others.</param>
    public ModelStore(TimeProvider time, Action<Span<byte>> draw, bool isShared = false)
    {
        IsShared = isShared;
        _time = time;
        var random = new byte[16 + ShortIds.KeyLength];
        draw(random);
        Incarnation = new Guid(random.AsSpan(0, 16));
        ShortIdKey = random.AsMemory(16);
    }

    private DateTimeOffset Now => WholeMicroseconds(_time.GetUtcNow());

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<Submission>>([.. jobs.Select(Submit)]);
    }

    private Submission Submit(JobSpec asked)
    {
        if (_jobs.TryGetValue(asked.Id, out var same)) return new Submission.Accepted(same.Sequence);
        var key = (asked.Project, asked.SubmittedBy, asked.IdempotencyKey ?? "");
        if (asked.IdempotencyKey is not null && _keys.TryGetValue(key, out var existing))
        {
            return _jobs[existing].Spec.ContentHash.Span.SequenceEqual(asked.ContentHash.Span) ? new Submission.Duplicate(existing) : new Submission.Conflict(existing);
        }

        var spec = WholeMicroseconds(asked);
        var sequence = _sequences[spec.Project] = _sequences.GetValueOrDefault(spec.Project) + 1;
        if (spec.IdempotencyKey is not null) _keys[key] = spec.Id;
        var record = _jobs[spec.Id] = new JobRecord(sequence, spec, JobState.Accepted(spec), null);
        AddEvent(record, new JobEventData(1, EventKind.Submitted, spec.CreatedAt, JobStatus.Pending, 0, null));
        return new Submission.Accepted(sequence);
    }

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(Claim(request));
    }

    private ClaimResult Claim(ClaimRequest request)
    {
        if (!IsAlive(request.Node)) return new ClaimResult.NodeIsDead();
        var now = Now;
        var running = _jobs.Values.Where(job => job.State.Status == JobStatus.Running).GroupBy(LaneOf).ToDictionary(lane => lane.Key, lane => lane.Count());
        var planner = new ClaimPlanner(request, running);
        var byRow = _jobs.Values.Where(job => job.State.Status == JobStatus.Pending).Select((job, row) => (Row: (long)row, Job: job)).ToDictionary(pair => pair.Row, pair => pair.Job);
        var lanes = byRow.Where(pair => pair.Value.State.RunAt <= now)
            .GroupBy(pair => LaneOf(pair.Value), pair => new ClaimCandidate(pair.Key, pair.Value.Spec.Priority, pair.Value.State.RunAt, pair.Value.Sequence))
            .ToDictionary(lane => lane.Key, lane => lane.Order().ToList());
        var picked = planner.Pick(lanes.Select(lane => KeyValuePair.Create(lane.Key, (IEnumerator<ClaimCandidate>)lane.Value.GetEnumerator())));
        ClaimedJob[] claimed = [.. picked.Select(candidate => Take(byRow[candidate.RowId], request.Node, now))];
        return new ClaimResult.Claimed(claimed, NextDueAt(request, now), MayHaveMore(request, lanes, running, claimed));
    }

    private ClaimedJob Take(JobRecord job, NodeEpoch node, DateTimeOffset now)
    {
        var taken = Change(job, new JobChange.Claim(node), now).Job!;
        taken = _jobs[job.Id] = taken with { Progress = null };
        return new ClaimedJob(taken, _checkpoints.GetValueOrDefault(job.Id));
    }

    private DateTimeOffset? NextDueAt(ClaimRequest request, DateTimeOffset now) => _jobs.Values
        .Where(job => job.State.Status == JobStatus.Pending && job.State.RunAt > now && request.Takes(LaneOf(job)))
        .Min(job => (DateTimeOffset?)job.State.RunAt);

    private static bool MayHaveMore(ClaimRequest request, Dictionary<Lane, List<ClaimCandidate>> due, Dictionary<Lane, int> running, ClaimedJob[] claimed)
    {
        var held = new Dictionary<Lane, int>(running);
        var room = new Dictionary<string, int>(request.ToolRoom);
        foreach (var job in claimed)
        {
            var lane = LaneOf(job.Job);
            held[lane] = held.GetValueOrDefault(lane) + 1;
            if (room.TryGetValue(lane.Tool, out var free)) room[lane.Tool] = free - 1;
        }

        var after = new ClaimPlanner(request with { ToolRoom = room }, held);
        return due.Any(lane => lane.Value.Count > claimed.Count(job => LaneOf(job.Job) == lane.Key) && after.HasRoom(lane.Key));
    }

    private static Lane LaneOf(JobRecord job) => new(job.Spec.Project, job.Spec.Source ?? "", job.Spec.Tool, job.Spec.LimitKey ?? "");

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> FinishAsync(IReadOnlyList<AttemptEnd> ends, CancellationToken cancellationToken) =>
        ChangeAllAsync(ends, end => end.Fence.Job, end => new JobChange.Finish(end.Fence, end.FinishId, end.Outcome));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RequestCancelAsync(IReadOnlyList<CancelRequest> requests, CancellationToken cancellationToken) =>
        ChangeAllAsync(requests, request => request.Job, request => new JobChange.RequestCancel(request.By));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> MarkOverTimeAsync(IReadOnlyList<AttemptFence> attempts, CancellationToken cancellationToken) =>
        ChangeAllAsync(attempts, attempt => attempt.Job, attempt => new JobChange.OverTime(attempt));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> NoteCancelAsync(IReadOnlyList<CancelNote> notes, CancellationToken cancellationToken) =>
        ChangeAllAsync(notes, note => note.Fence.Job, note => new JobChange.NoteCancel(note.Fence, note.SentAt, note.Answer, note.ConfirmedAt, note.Unconfirmed));

    /// <inheritdoc/>
    public async ValueTask<JobWrite> BeginEffectsAsync(AttemptFence attempt, bool commitIsMarked, CancellationToken cancellationToken) =>
        (await ChangeAllAsync([attempt], fence => fence.Job, fence => new JobChange.BeginEffects(fence, commitIsMarked)))[0];

    /// <inheritdoc/>
    public async ValueTask<JobWrite> BeginCommitAsync(AttemptFence attempt, string mark, ResultManifest result, CancellationToken cancellationToken) =>
        (await ChangeAllAsync([attempt], fence => fence.Job, fence => new JobChange.BeginCommit(fence, mark, result)))[0];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> EndInsteadAsync(IReadOnlyList<SeenGone> ends, CancellationToken cancellationToken) =>
        ChangeAllAsync(ends, end => end.Fence.Job, end => new JobChange.EndInstead(end.Fence, end.FinishId, end.Outcome));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RefuseAsync(IReadOnlyList<RefusedJob> jobs, CancellationToken cancellationToken) =>
        ChangeAllAsync(jobs, job => job.Job, job => new JobChange.Refuse(job.Error));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WriteResult>> SaveProgressAsync(IReadOnlyList<ProgressReport> reports, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<WriteResult>>([.. reports.Select(SaveProgress)]);
    }

    private WriteResult SaveProgress(ProgressReport report)
    {
        if (!_jobs.TryGetValue(report.Fence.Job, out var job)) return WriteResult.NotFound;
        if (Guard(job.State, report.Fence) is { } refusal) return refusal;
        if (job.Progress is { } known && report.Progress.Number <= known.Number) return WriteResult.Applied;
        var progress = report.Progress with { Fraction = Larger(job.Progress?.Fraction, report.Progress.Fraction) };
        job = _jobs[job.Id] = job with { Progress = progress };
        if (!report.AsEvent) return WriteResult.Applied;
        var state = job.State with { EventCount = job.State.EventCount + 1 };
        var detail = new EventDetail { Fraction = progress.Fraction, Message = progress.Message, LogBytes = progress.LogBytes };
        AddEvent(job, new JobEventData(state.EventCount, EventKind.Progressed, Now, state.Status, state.Attempt, detail));
        _jobs[job.Id] = job with { State = state };
        return WriteResult.Applied;
    }

    private static double? Larger(double? known, double? reported) => known is null || reported > known ? reported : known;

    /// <inheritdoc/>
    public ValueTask<WriteResult> SaveCheckpointAsync(AttemptFence attempt, string checkpoint, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(attempt.Job, out var job)) return ValueTask.FromResult(WriteResult.NotFound);
            if (Guard(job.State, attempt) is { } refusal) return ValueTask.FromResult(refusal);
            _checkpoints[job.Id] = checkpoint;
            return ValueTask.FromResult(WriteResult.Applied);
        }
    }

    private static WriteResult? Guard(JobState state, AttemptFence fence) =>
        state.Fence != fence.Fence || state.Attempt != fence.Attempt ? WriteResult.Fenced
        : state.Status != JobStatus.Running ? WriteResult.AlreadyEnded
        : null;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> MissStartsAsync(int batchMax, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var late = _jobs.Values.Where(job => job.State is { Status: JobStatus.Pending or JobStatus.Blocked, Attempt: 0 } && job.Spec.StartDeadlineAt <= now)
                .OrderBy(job => job.Spec.StartDeadlineAt).ThenBy(job => job.Id).Take(batchMax).ToList();
            return ValueTask.FromResult<IReadOnlyList<JobRecord>>([.. late.Select(job => Change(job, new JobChange.MissStart(), now).Job!)]);
        }
    }

    private ValueTask<IReadOnlyList<JobWrite>> ChangeAllAsync<T>(IReadOnlyList<T> items, Func<T, JobId> jobOf, Func<T, JobChange> changeOf)
    {
        lock (_gate)
        {
            var now = Now;
            return ValueTask.FromResult<IReadOnlyList<JobWrite>>(
                [.. items.Select(item => _jobs.TryGetValue(jobOf(item), out var job) ? Change(job, changeOf(item), now) : new JobWrite(WriteResult.NotFound, null))]);
        }
    }

    private JobWrite Change(JobRecord job, JobChange change, DateTimeOffset now)
    {
        var transition = Transitions.Apply(job.Spec, job.State, change, now);
        var next = _jobs[job.Id] = job with { State = transition.Next };
        if (transition.Event is { } told) AddEvent(next, told);
        if (transition.Next.Status.IsFinal) _checkpoints.Remove(job.Id);
        return new JobWrite(transition.Result, next);
    }

    /// <inheritdoc/>
    public ValueTask<RetentionResult> RetainAsync(RetentionRequest request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var expired = _jobs.Values.Where(job => !job.State.Expired && job.State.ExpiresAt <= now).OrderBy(job => job.State.ExpiresAt).ThenBy(job => job.Id).Take(request.BatchMax).ToList();
            foreach (var job in expired)
            {
                var slim = Change(job, new JobChange.Expire(), now).Job!;
                _jobs[job.Id] = slim with { Spec = slim.Spec.WithoutBody(), Progress = null };
            }

            var forgotten = _jobs.Values.Where(job => job.State.Expired && job.State.FinishedAt + request.HistoryAge <= now).OrderBy(job => job.State.FinishedAt).ThenBy(job => job.Id).Take(request.BatchMax).ToList();
            foreach (var job in forgotten) Forget(job);
            return ValueTask.FromResult(new RetentionResult(expired.Count, forgotten.Count, DropEvents(now - request.EventAge, request.BatchMax)));
        }
    }

    private void Forget(JobRecord job)
    {
        _jobs.Remove(job.Id);
        if (job.Spec.IdempotencyKey is { } key) _keys.Remove((job.Spec.Project, job.Spec.SubmittedBy, key));
    }

    private static JobSpec WholeMicroseconds(JobSpec spec) => spec with
    {
        CreatedAt = WholeMicroseconds(spec.CreatedAt),
        RunAt = WholeMicroseconds(spec.RunAt),
        StartDeadlineAt = spec.StartDeadlineAt is { } deadline ? WholeMicroseconds(deadline) : null,
    };

    private static DateTimeOffset WholeMicroseconds(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
