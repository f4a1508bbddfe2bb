using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Stores;

namespace Meanwhile.Testing.Stores;

public sealed partial class ModelStore : IJobReader
{
    private const int OwnedMax = 10_000;

    /// <inheritdoc cref="IJobReader.Incarnation"/>
    public Guid Incarnation { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ShortIdKey { get; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord?>> GetAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<JobRecord?>>([.. ids.Select(id => _jobs.GetValueOrDefault(id))]);
    }

    /// <inheritdoc/>
    public ValueTask<JobId?> FindAsync(string project, long sequence, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(_jobs.Values.FirstOrDefault(job => job.Spec.Project == project && job.Sequence == sequence)?.Id);
    }

    /// <inheritdoc/>
    public ValueTask<JobId?> FindByIdempotencyKeyAsync(string project, string submittedBy, string key, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(_keys.TryGetValue((project, submittedBy, key), out var id) ? id : (JobId?)null);
    }

    /// <inheritdoc/>
    public ValueTask<JobList> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            var scan = _jobs.Values.Where(job => job.Spec.Project == filter.Project && (before is null || job.Id < before)).OrderByDescending(job => job.Id).ToList();
            List<JobRecord> found = [];
            var looked = 0;
            while (looked < scan.Count && looked < JobList.RowBudget && found.Count < limit)
            {
                var job = scan[looked++];
                if (Matches(job, filter, now)) found.Add(job);
            }

            return ValueTask.FromResult(new JobList(found, looked < scan.Count ? scan[looked - 1].Id : null));
        }
    }

    private static bool Matches(JobRecord job, JobFilter filter, DateTimeOffset now)
    {
        var (spec, state) = (job.Spec, job.State);
        var duration = state.FinishedAt - state.StartedAt;
        return (filter.Statuses.Count == 0 || filter.Statuses.Contains(state.Status))
            && (filter.Scheduled is not { } scheduled || scheduled == (state.Status == JobStatus.Pending && state.RunAt > now))
            && (filter.Tool is null || filter.Tool == spec.Tool)
            && (filter.Source is null || filter.Source == spec.Source)
            && (filter.SubmittedBy is null || filter.SubmittedBy == spec.SubmittedBy)
            && filter.Labels.All(label => spec.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
            && (filter.TraceId is null || filter.TraceId == spec.TraceId)
            && (filter.CreatedFrom is null || spec.CreatedAt >= filter.CreatedFrom)
            && (filter.CreatedBefore is null || spec.CreatedAt < filter.CreatedBefore)
            && (filter.DurationMin is null || duration >= filter.DurationMin)
            && (filter.DurationMax is null || duration <= filter.DurationMax)
            && (filter.Words is null || Holds(spec.Statement, filter.Words) || Holds(state.Error?.Message, filter.Words));
    }

    private static bool Holds(string? text, string words) => text is not null && Lower(text).Contains(Lower(words), StringComparison.Ordinal);

    private static string Lower(string text) => string.Create(text.Length, text, static (lower, from) =>
    {
        for (var i = 0; i < lower.Length; i++) lower[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatusCount>> CountAsync(string project, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<StatusCount>>(
                [.. _jobs.Values.Where(job => job.Spec.Project == project).GroupBy(job => job.State.Status).Select(group => new StatusCount(group.Key, group.Count())).OrderBy(count => count.Status)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<int?>> PositionsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            return ValueTask.FromResult<IReadOnlyList<int?>>([.. ids.Select(id => _jobs.TryGetValue(id, out var job) ? Position(job, now) : null)]);
        }
    }

    private int? Position(JobRecord job, DateTimeOffset now)
    {
        if (!IsDue(job, now)) return null;
        var ahead = _jobs.Values.Count(other => IsDue(other, now) && other.Spec.Project == job.Spec.Project && SharesQueue(other.Spec, job.Spec) && ClaimOrder(other).CompareTo(ClaimOrder(job)) < 0);
        return Math.Min(ahead, IJobReader.PositionMax);
    }

    private static bool IsDue(JobRecord job, DateTimeOffset now) => job.State.Status == JobStatus.Pending && job.State.RunAt <= now;

    private static bool SharesQueue(JobSpec a, JobSpec b) => a.Source == b.Source && (a.Source is not null || a.Tool == b.Tool);

    private static Claims.ClaimCandidate ClaimOrder(JobRecord job) => new(0, job.Spec.Priority, job.State.RunAt, job.Sequence);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> OwnedAsync(NodeEpoch node, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<JobRecord>>([.. Owned(node).Take(OwnedMax)]);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CancelIntent>> CancelIntentsAsync(NodeEpoch node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<CancelIntent>>(
                [.. Owned(node).Where(job => job.State.Cancel is not null).Select(job => new CancelIntent(new AttemptFence(job.Id, job.State.Attempt, job.State.Fence), job.State.Cancel!.Reason))]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> UnansweredCancelsAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var until = Now - age;
            return ValueTask.FromResult<IReadOnlyList<JobRecord>>(
                [.. _jobs.Values.Where(job => !job.State.Status.IsFinal && job.State.Cancel is { } cancel && (cancel.SentAt is null || job.State.Status == JobStatus.Pending) && cancel.RequestedAt <= until).OrderBy(job => job.State.Cancel!.RequestedAt).ThenBy(job => job.Id).Take(limit)]);
        }
    }

    private IEnumerable<JobRecord> Owned(NodeEpoch node) => _jobs.Values.Where(job => job.State.Status == JobStatus.Running && job.State.Owner == node).OrderBy(job => job.Id);

    /// <inheritdoc/>
    public ValueTask<string?> GetCheckpointAsync(JobId job, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(_checkpoints.GetValueOrDefault(job));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptBlobs>> UnneededAsync(IReadOnlyList<AttemptBlobs> blobs, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<AttemptBlobs>>([.. blobs.Where(blob => !IsNeeded(blob))]);
    }

    private bool IsNeeded(AttemptBlobs blob) => _jobs.TryGetValue(blob.Fence.Job, out var job) && blob.AreNeededBy(job.State);
}
