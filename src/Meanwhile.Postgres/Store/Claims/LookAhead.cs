using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>Looks for the next claim while one is being written, as far as that can be known beforehand: then the next costs one round trip instead of three. For one claim at a time.</summary>
/// <remarks>What it found is a hint, as every look: a claim takes only what still is as it was read. It is not used when it is old, when the next claim asks for something else, or when jobs were added that may come first.</remarks>
internal sealed class LookAhead(DueReader due, JobTaker taker, LaneNames lanes, WaitingQueues queues, StoreClock clock)
{
    /// <summary>From how many jobs a claim on it is worth it.</summary>
    private const int JobsMin = 64;

    private static readonly TimeSpan GoodFor = TimeSpan.FromMilliseconds(100);
    private (ClaimRequest Request, Task<DueLook?> Look, long BegunAt)? _next;

    /// <summary>Begins, when the claim takes all that it may and limits leave the next one free to choose.</summary>
    /// <param name="look">What the claim found.</param>
    /// <param name="picks">What it takes of it.</param>
    public void Begin(ClaimRequest request, int nodeId, DueLook look, IReadOnlyList<ClaimCandidate> picks, CancellationToken cancellationToken)
    {
        if (_next is null && picks.Count >= JobsMin && picks.Count == request.Max && IsFree(request, look)) _next = (request, LookAsync(request, nodeId, look, picks, cancellationToken), clock.Time.GetTimestamp());
    }

    /// <summary>What was found, once; null when the claim must look itself.</summary>
    public async ValueTask<DueLook?> TakeAsync(ClaimRequest request)
    {
        if (_next is not { } next) return null;
        _next = null;
        var look = await next.Look;
        var holds = look is not null && clock.Time.GetElapsedTime(next.BegunAt) <= GoodFor && AsksTheSame(next.Request, request) && look.Jobs.Count >= request.Max && IsFree(request, look);
        return holds && await StaysFirstAsync(look!) ? look : null;
    }

    private async Task<DueLook?> LookAsync(ClaimRequest request, int nodeId, DueLook look, IReadOnlyList<ClaimCandidate> picks, CancellationToken cancellationToken)
    {
        try
        {
            var taken = new PassedOver();
            foreach (var pick in picks) taken.Add(look.Jobs[(int)pick.RowId]);
            var next = Add(await due.LookAsync(request, nodeId, taken, fromHead: false, cancellationToken), look, picks);
            return next with { Read = await taker.ReadAsync(next, next.Plan(request, next.Running).Picks, cancellationToken) };
        }
        catch (Exception error) when (error is StoreUnavailableException or OperationCanceledException)
        {
            return null; // the next claim looks itself, and meets the same
        }
    }

    /// <summary>Counts what is being taken as running.</summary>
    private static DueLook Add(DueLook next, DueLook look, IReadOnlyList<ClaimCandidate> picks)
    {
        var picked = picks.Select(pick => pick.RowId).ToHashSet();
        var running = new Dictionary<Lane, int>(next.Running);
        foreach (var lane in look.Lanes) running[lane.Lane] = running.GetValueOrDefault(lane.Lane) + lane.Jobs.Count(job => picked.Contains(job.RowId));
        return next with { Running = running };
    }

    private static bool IsFree(ClaimRequest request, DueLook look) => look.Lanes.TrueForAll(lane => !JobTaker.FiniteKeys(request, lane.Lane).Any());

    private static bool AsksTheSame(ClaimRequest one, ClaimRequest other) =>
        one.Node == other.Node && one.Project == other.Project && one.Tools.SetEquals(other.Tools) && one.SharedSources.SetEquals(other.SharedSources) && one.SourceLimitDefault == other.SourceLimitDefault
        && ReferenceEquals(one.Limits, other.Limits);

    private async ValueTask<bool> StaysFirstAsync(DueLook look)
    {
        var added = queues.AddedSinceLook();
        var named = await lanes.GetAsync([.. added.Keys.Select(key => key.LaneId)], CancellationToken.None);
        return added.Zip(named).All(queue => look.StaysFirst(queue.Second, queue.First.Key, queue.First.Value));
    }
}
