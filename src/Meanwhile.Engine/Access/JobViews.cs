using System.Collections.Concurrent;
using Meanwhile.Dispatch;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>Makes what callers see of the store's records: short ids, places in the queue, reasons to wait.</summary>
internal sealed class JobViews(IJobReader reader, ShortIds shortIds, Dispatcher dispatcher, ToolCatalog tools, WorkerPresence workers, TimeProvider time) : IDisposable
{
    private const int PositionsBatchMax = 1_000;
    private const int PositionsWaitingMax = 10_000;
    private const int PositionReadersMax = 2;

    /// <summary>A place at or beyond this is told as this.</summary>
    private const int PositionMax = 1_000;
    private const int LanesRememberedMax = 1_000;
    private static readonly TimeSpan LongQueueRemembered = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<(string Project, string Lane), DateTimeOffset> _longQueues = new();
    private readonly Coalescer<JobId, int?> _positions = new(reader.PositionsAsync, PositionsBatchMax, PositionsWaitingMax, PositionReadersMax);

    /// <summary>One job.</summary>
    public async ValueTask<Job> OneAsync(JobRecord record, CancellationToken cancellationToken) => (await ManyAsync([record], cancellationToken))[0];

    /// <summary>Jobs, in their order.</summary>
    public async ValueTask<IReadOnlyList<Job>> ManyAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var waiting = records.Where(record => IsDue(record, now) && !IsInLongQueue(record, now)).ToList();
        Dictionary<JobId, int?> positions = [];
        if (waiting.Count > 0)
        {
            IReadOnlyList<int?> found = waiting.Count == 1 // single jobs of callers at the same time are looked for together
                ? [await _positions.AddAsync(waiting[0].Id, cancellationToken)]
                : await reader.PositionsAsync([.. waiting.Select(record => record.Id)], cancellationToken);
            for (var i = 0; i < waiting.Count; i++) Learn(positions, waiting[i], found[i], now);
        }

        var living = records.Any(record => IsDue(record, now) && IsForWorkers(record)) ? await workers.LivingAsync(cancellationToken) : null;
        return [.. records.Select(record => View(record, PositionOf(record, positions, now), now, living))];
    }

    /// <summary>A job that was just accepted. It is stored, so this answers also when the store can't tell its place in the queue.</summary>
    public async ValueTask<Job> AcceptedAsync(JobRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await OneAsync(record, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return View(record, null, time.GetUtcNow());
        }
    }

    /// <summary>A job that this node remembers while the store does not answer.</summary>
    public Job Stale(JobRecord record) => View(record, null, time.GetUtcNow()) with { Stale = true };

    /// <param name="living">The workers that live; null = not asked.</param>
    private Job View(JobRecord record, int? position, DateTimeOffset now, IReadOnlyList<NodeInfo>? living = null) => new()
    {
        Record = record,
        ShortId = shortIds.Format(record.Sequence),
        PositionInQueue = position,
        Duration = record.State.DurationAt(now),
        WaitingReason = WaitingReason(record, position, IsDue(record, now) ? HeldBackBy(record, living) : null, now),
    };

    private bool IsForWorkers(JobRecord record) => tools.Find(record.Spec.Tool) is { Kind: Tools.ToolKind.Worker };

    private string? HeldBackBy(JobRecord record, IReadOnlyList<NodeInfo>? living)
    {
        if (living is not null && IsForWorkers(record) && !living.Any(worker => WorkerPresence.Takes(worker, record.Spec.Tool, record.Spec.Project))) return $"No worker for tool '{record.Spec.Tool}' is there.";
        return dispatcher.HeldBackBy(record.Spec);
    }

    /// <summary>Says why a pending job does not run yet; null of any other.</summary>
    /// <param name="heldBackBy">The limit that holds due work like it back; null = none that is known.</param>
    internal static string? WaitingReason(JobRecord record, int? position, string? heldBackBy, DateTimeOffset now)
    {
        var (spec, state) = (record.Spec, record.State);
        if (state.Status != JobStatus.Pending) return null;
        if (state.RunAt > now && state.Error is { } error) return $"Attempt {state.Attempt} failed ({error.Code}); the next is due at {state.RunAt.UtcDateTime:O}.";
        if (state.RunAt > now) return $"Due at {state.RunAt.UtcDateTime:O}.";
        var place = spec.Source is { } source ? $"source '{source}'" : $"tool '{spec.Tool}'";
        var ahead = position switch
        {
            null or 0 => $"Next in line at {place}.",
            >= PositionMax => $"{PositionMax} or more jobs are ahead at {place}.",
            1 => $"1 job is ahead at {place}.",
            _ => $"{position} jobs are ahead at {place}.",
        };
        return heldBackBy is null ? ahead : $"{heldBackBy} {ahead}";
    }

    private static bool IsDue(JobRecord record, DateTimeOffset now) => record.State.Status == JobStatus.Pending && record.State.RunAt <= now;

    /// <summary>A long queue stays long for a moment, and counting it for every submission would cost more than the submission.</summary>
    private bool IsInLongQueue(JobRecord record, DateTimeOffset now) =>
        _longQueues.TryGetValue(LaneOf(record), out var until) && until > now && record.State.Attempt == 0 && now - record.Spec.CreatedAt < LongQueueRemembered && record.Spec.Priority == 0;

    private void Learn(Dictionary<JobId, int?> positions, JobRecord record, int? position, DateTimeOffset now)
    {
        positions[record.Id] = position;
        if (position is not >= PositionMax || record.Spec.Priority != 0) return; // null: it was claimed meanwhile
        if (_longQueues.Count >= LanesRememberedMax) _longQueues.Clear();
        _longQueues[LaneOf(record)] = now + LongQueueRemembered;
    }

    private static int? PositionOf(JobRecord record, Dictionary<JobId, int?> positions, DateTimeOffset now) =>
        positions.TryGetValue(record.Id, out var position) ? position
        : IsDue(record, now) ? PositionMax
        : null;

    /// <inheritdoc/>
    public void Dispose() => _positions.Dispose();

    private static (string Project, string Lane) LaneOf(JobRecord record) => (record.Spec.Project, record.Spec.Source ?? "tool:" + record.Spec.Tool);
}
