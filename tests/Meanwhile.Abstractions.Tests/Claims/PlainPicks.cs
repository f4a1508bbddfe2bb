using Meanwhile.Claims;

namespace Meanwhile.Abstractions.Tests.Claims;

/// <summary>The order of claims as its rules read: for each pick, every queue is looked at.</summary>
internal sealed class PlainPicks(ClaimRequest request, Dictionary<Lane, Queue<ClaimCandidate>> queues)
{
    private readonly List<Lane> _held = [];

    public static List<ClaimCandidate> Of(ClaimRequest request, IEnumerable<IGrouping<Lane, ClaimCandidate>> lanes) =>
        new PlainPicks(request, lanes.ToDictionary(lane => lane.Key, lane => new Queue<ClaimCandidate>(lane.Order()))).All();

    private List<ClaimCandidate> All()
    {
        List<ClaimCandidate> picked = [];
        while (picked.Count < request.Max && Next() is { } lane)
        {
            picked.Add(queues[lane].Dequeue());
            _held.Add(lane);
        }

        return picked;
    }

    private Lane? Next() => queues
        .Where(queue => queue.Value.Count > 0 && Free(queue.Key) > 0 && !Yields(queue.Key))
        .GroupBy(queue => queue.Key.Project)
        .Select(project => project.MinBy(queue => queue.Value.Peek()))
        .OrderBy(queue => _held.Count(lane => lane.Project == queue.Key.Project) / request.Weights.GetValueOrDefault(queue.Key.Project, 1d))
        .ThenBy(queue => request.LastServed.GetValueOrDefault(queue.Key.Project, long.MinValue))
        .ThenBy(queue => queue.Value.Peek().RunAt)
        .ThenBy(queue => queue.Value.Peek().Sequence)
        .ThenBy(queue => queue.Key.Project, StringComparer.Ordinal)
        .Select(queue => (Lane?)queue.Key)
        .FirstOrDefault();

    /// <summary>Who holds a slot of a shared source leaves its last one to a project that waits and holds none.</summary>
    private bool Yields(Lane lane) => request.SharedSources.Contains(lane.Source)
        && FreeOf(lane) == 1
        && _held.Exists(held => Same(held, lane) && held.Project == lane.Project)
        && queues.Any(other => other.Value.Count > 0 && Same(other.Key, lane) && other.Key.Project != lane.Project && Free(other.Key) > 0
            && !_held.Exists(held => Same(held, lane) && held.Project == other.Key.Project));

    private int Free(Lane lane) => Math.Min(FreeOf(lane), request.Limits.GetValueOrDefault($"project:{lane.Project}", int.MaxValue) - _held.Count(held => held.Project == lane.Project));

    private int FreeOf(Lane lane) => request.SourceLimitDefault - _held.Count(held => Same(held, lane));

    private bool Same(Lane one, Lane other) => one.Source == other.Source && (one.Project == other.Project || request.SharedSources.Contains(one.Source));
}
