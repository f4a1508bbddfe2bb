using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>Claims due jobs: looks, lets <see cref="ClaimPlanner"/> choose, and takes what is still there.</summary>
/// <remarks>
/// 1. Without a lock, reads due jobs of a bounded number of queues, and how many jobs run.
/// 2. Chooses. When a finite limit holds for what was chosen, its keys are locked first, the running jobs are counted anew, and it is chosen again: so no limit is ever exceeded.
/// 3. Takes the jobs, for a living node alone, while it looks ahead for the next claim; those that another claim was quicker to take are passed over, and more are looked for.
/// </remarks>
internal sealed class Claimer(NodeIds nodes, DueReader due, QueueScan scan, LookAhead ahead, JobTaker taker) : IDisposable
{
    private const int RoundsMax = 4;

    /// <summary>How often one claim looks into further queues while it finds nothing to take.</summary>
    private const int LooksMax = 16;

    private readonly SemaphoreSlim _one = new(1); // claims of one process would only take each other's picks

    /// <summary>Claims for one node.</summary>
    public async ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken)
    {
        if (await nodes.FindAsync(request.Node, cancellationToken) is not { } nodeId) return new ClaimResult.NodeIsDead();
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await ClaimAsync(request, nodeId, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, int nodeId, CancellationToken cancellationToken)
    {
        var lost = new PassedOver();
        DateTimeOffset? nextDueAt = null;
        for (var (round, looks) = (1, 1); ;)
        {
            var look = await ahead.TakeAsync(request) ?? await LookAsync(request, nodeId, lost, cancellationToken);
            if (!look.NodeLives) return new ClaimResult.NodeIsDead();
            nextDueAt = Earlier(nextDueAt, look.NextDueAt);
            var (picks, more) = look.Plan(request, look.Running);
            if (picks.Count == 0)
            {
                if (!look.CutShort || looks++ == LooksMax) return new ClaimResult.Claimed([], nextDueAt, more);
                continue;
            }

            var taking = taker.TakeAsync(request, nodeId, look, picks, cancellationToken);
            ahead.Begin(request, nodeId, look, picks, cancellationToken);
            var taken = await taking;
            if (taken is null) return new ClaimResult.NodeIsDead();
            if (taken.Lost.Count == 0 || taken.Jobs.Count > 0 || round++ == RoundsMax) return new ClaimResult.Claimed(taken.Jobs, nextDueAt, taken.More ?? more || taken.Lost.Count > 0);
            var gone = taken.Lost.ToHashSet();
            foreach (var job in look.Jobs.Where(job => gone.Contains(job.Id))) lost.Add(job);
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    /// <summary>Looks; once more when there was too little and others may have added some.</summary>
    private async ValueTask<DueLook> LookAsync(ClaimRequest request, int nodeId, PassedOver lost, CancellationToken cancellationToken)
    {
        var look = await due.LookAsync(request, nodeId, lost, fromHead: false, cancellationToken);
        if (look.Jobs.Count >= request.Max) return look;
        return await scan.TryAsync(fromHead => due.LookAsync(request, nodeId, lost, fromHead, cancellationToken), cancellationToken) ?? look;
    }
}
