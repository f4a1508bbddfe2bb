using Meanwhile.Claims;
using Meanwhile.Diagnostics;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Limits;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Dispatch;

/// <summary>Asks the store for due work that there is room for, and takes up work whose claim's answer was lost.</summary>
internal sealed class Claimer(
    IJobStore store, IJobReader reader, StorePatience patience, ProgressBoard board, ToolCatalog tools, SourceCatalog sources, LimitTable limits, EngineOptions options)
{
    /// <summary>Projects remembered for their turns; beyond, all begin anew.</summary>
    private const int ServedMax = 1_000;
    private readonly Dictionary<string, long> _lastServed = [];
    private long _turn;

    /// <summary>Claims once, and goes on asking while the store does not answer.</summary>
    /// <param name="running">What runs here.</param>
    /// <param name="room">At most so many jobs.</param>
    /// <remarks>One caller at a time: the claim loop.</remarks>
    public async ValueTask<ClaimResult> ClaimAsync(NodeEpoch epoch, RunningWork running, int room, CancellationToken cancellationToken)
    {
        var request = Request(epoch, running, room);
        var answerLost = false;
        var result = await patience.AskAsync("claiming work", AskAsync, cancellationToken);
        if (result is ClaimResult.Claimed claimed) Remember(claimed.Jobs);
        return result;

        async ValueTask<ClaimResult> AskAsync(CancellationToken stop)
        {
            if (answerLost && await OwnedUnknownAsync(epoch, stop) is { Count: > 0 } claimedBefore) return new ClaimResult.Claimed(claimedBefore, null, More: true);
            answerLost = true;
            return await store.ClaimAsync(request, CancellationToken.None); // once sent it may be committed, so its answer is awaited also while draining
        }
    }

    /// <summary>Attempts that the store says are this node's, and that nobody here runs.</summary>
    private async ValueTask<IReadOnlyList<ClaimedJob>> OwnedUnknownAsync(NodeEpoch epoch, CancellationToken cancellationToken)
    {
        var known = board.Attempts.Select(attempt => attempt.Fence).ToHashSet(); // before asking: what ends while the store answers is known all the same
        List<ClaimedJob> unknown = [];
        foreach (var job in await reader.OwnedAsync(epoch, cancellationToken))
        {
            var claimed = new ClaimedJob(job, null);
            if (!known.Contains(claimed.Fence)) unknown.Add(claimed with { Checkpoint = await reader.GetCheckpointAsync(job.Id, cancellationToken) });
        }

        return unknown;
    }

    private void Remember(IReadOnlyList<ClaimedJob> served)
    {
        if (_lastServed.Count > ServedMax) _lastServed.Clear();
        foreach (var job in served) _lastServed[job.Job.Spec.Project] = ++_turn;
    }

    private ClaimRequest Request(NodeEpoch epoch, RunningWork running, int room)
    {
        var finite = limits.Current;
        return new ClaimRequest
        {
            Node = epoch,
            Max = room,
            SourceLimitDefault = options.SourceConcurrency,
            Limits = finite.Limits,
            Weights = finite.Weights,
            LastServed = new Dictionary<string, long>(_lastServed), // a copy: a claim whose answer was lost may still be under way
            ToolRoom = running.ToolRoom(tools),
            SharedSources = sources.SharedNames,
            LostSlots = running.LostSlots(),
            Tools = tools.Served,
        };
    }
}
