using Meanwhile.Access;
using Meanwhile.Claims;
using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Limits;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Workers;

/// <summary>Claims jobs for workers, and waits for them.</summary>
internal sealed class WorkerClaims(
    IJobStore store, WorkerLives lives, WorkerSightings sightings, ToolCatalog tools, SourceCatalog sources, LimitTable limits, ShortIds shortIds, JobChanges changes, EngineStop stop,
    TimeProvider time, Func<Guid> finishIds, EngineOptions options)
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>Projects remembered for their turns; beyond, all begin anew.</summary>
    private const int ServedMax = 1_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _lastServed = [];
    private long _turn;

    /// <summary>Claims, and waits while nothing is due.</summary>
    public async ValueTask<WorkerClaim> ClaimAsync(NodeEpoch epoch, int max, TimeSpan wait, Caller caller, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var worker = await lives.FindAsync(epoch, caller, cancellationToken); // anew each time: it may end, or be asked to drain, while it waits
            if (stop.Token.IsCancellationRequested || worker.Draining) return new WorkerClaim([], AgainAfter);
            var armed = worker.Registration.Tools.Select(changes.Work.Arm).ToList(); // before looking, so that no job falls in between
            try
            {
                var claimed = await ClaimOnceAsync(worker, max, cancellationToken);
                var left = wait - time.GetElapsedTime(start);
                if (claimed.Jobs.Count > 0 || left <= TimeSpan.Zero) return new WorkerClaim([.. claimed.Jobs.Select(ToWork)], TimeSpan.Zero);
                await stop.AnyAsync(Task.WhenAny(armed.Select(signal => signal.Fired)), Pause(claimed, left), time, cancellationToken);
            }
            finally
            {
                foreach (var signal in armed) signal.Dispose();
            }
        }
    }

    private TimeSpan Pause(ClaimResult.Claimed claimed, TimeSpan left)
    {
        var pause = claimed.NextDueAt is { } due && due - time.GetUtcNow() < options.ClaimEvery ? due - time.GetUtcNow() : options.ClaimEvery;
        if (pause < Shortest) pause = Shortest;
        return pause < left ? pause : left;
    }

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private async ValueTask<ClaimResult.Claimed> ClaimOnceAsync(NodeInfo worker, int max, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = await store.ClaimAsync(Request(worker, max), CancellationToken.None); // once sent it may be committed, so its answer is awaited
        if (result is not ClaimResult.Claimed claimed) throw WorkerLives.Ended(worker.Node);
        if (claimed.Jobs.Count == 0) return claimed;
        sightings.Given(worker.Node, claimed.Jobs.Select(job => job.Fence));
        if (cancellationToken.IsCancellationRequested) await GiveBackAsync(claimed.Jobs); // whoever asked has gone and will never hear of them
        cancellationToken.ThrowIfCancellationRequested();

        Served(claimed.Jobs);
        foreach (var job in claimed.Jobs)
        {
            if (tools.Find(job.Job.Spec.Tool) is { Descriptor.Repeatable: false }) await store.BeginEffectsAsync(job.Fence, commitIsMarked: false, CancellationToken.None);
            changes.Tell(job.Job);
        }

        return claimed;
    }

    private async ValueTask GiveBackAsync(IReadOnlyList<ClaimedJob> jobs)
    {
        var written = await store.FinishAsync([.. jobs.Select(job => new AttemptEnd(job.Fence, finishIds(), new AttemptOutcome.HandBack()))], CancellationToken.None);
        foreach (var write in written)
        {
            if (write.Job is { } job) changes.Tell(job);
        }
    }

    private void Served(IReadOnlyList<ClaimedJob> jobs)
    {
        lock (_gate)
        {
            if (_lastServed.Count > ServedMax) _lastServed.Clear();
            foreach (var job in jobs) _lastServed[job.Job.Spec.Project] = ++_turn;
        }
    }

    private ClaimRequest Request(NodeInfo worker, int max)
    {
        var finite = limits.Current;
        lock (_gate)
        {
            return new ClaimRequest
            {
                Node = worker.Node,
                Max = max,
                SourceLimitDefault = options.SourceConcurrency,
                Limits = finite.Limits,
                Weights = finite.Weights,
                LastServed = new Dictionary<string, long>(_lastServed),
                SharedSources = sources.SharedNames,
                Tools = worker.Registration.Tools.ToHashSet(),
                Project = WorkerNames.ProjectOf(worker.Node.Node),
            };
        }
    }

    private WorkerJob ToWork(ClaimedJob claimed)
    {
        var spec = claimed.Job.Spec;
        return new WorkerJob
        {
            Fence = claimed.Fence,
            ShortId = shortIds.Format(claimed.Job.Sequence),
            Project = spec.Project,
            Tool = spec.Tool,
            Params = spec.Params,
            Checkpoint = claimed.Checkpoint,
            Timeout = spec.Timeout,
            MaxAttempts = spec.MaxAttempts,
            Labels = spec.Labels,
            TraceParent = spec.TraceParent,
        };
    }
}
