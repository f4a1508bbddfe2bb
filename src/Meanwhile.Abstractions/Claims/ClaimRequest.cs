using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Claims;

/// <summary>What a node asks for when it has room.</summary>
public sealed record ClaimRequest
{
    /// <summary>Who claims.</summary>
    public required NodeEpoch Node { get; init; }

    /// <summary>At most so many jobs: 1 to 1,000.</summary>
    public required int Max { get; init; }

    /// <summary>How many jobs of one source may run at once where <see cref="Limits"/> has no entry for it.</summary>
    public int SourceLimitDefault { get; init; } = 8;

    /// <summary>How many jobs may run at once under a limit key (see <see cref="LimitKeys"/>); a key that is absent is unlimited.</summary>
    public IReadOnlyDictionary<string, int> Limits { get; init; } = NoLimits;

    /// <summary>How many more jobs of a tool this node takes now; a tool that is absent is not limited here.</summary>
    public IReadOnlyDictionary<string, int> ToolRoom { get; init; } = NoLimits;

    /// <summary>A project's weight in the sharing; 1 where absent. Twice the weight may hold twice the slots.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = NoWeights;

    /// <summary>When this node last took a job of a project, as a number that grows; of projects that hold equally little the one served longest ago goes first. Never served where absent.</summary>
    public IReadOnlyDictionary<string, long> LastServed { get; init; } = NeverServed;

    /// <summary>The names of sources that every project shares: their slots are counted together.</summary>
    public IReadOnlySet<string> SharedSources { get; init; } = NoSources;

    /// <summary>Slots that ended jobs still hold, by limit key: work that was given up and not yet seen gone.</summary>
    public IReadOnlyDictionary<string, int> LostSlots { get; init; } = NoLimits;

    /// <summary>Only jobs of this project; null = of all.</summary>
    public string? Project { get; init; }

    /// <summary>Tools that this node knows; jobs of others wait for a node that does. Empty = all.</summary>
    public IReadOnlySet<string> Tools { get; init; } = NoSources;

    /// <summary>Whether this node takes a lane's jobs at all, when there is room.</summary>
    public bool Takes(Lane lane) => (Project is null || Project == lane.Project) && (Tools.Count == 0 || Tools.Contains(lane.Tool));

    private static readonly Dictionary<string, int> NoLimits = [];
    private static readonly Dictionary<string, double> NoWeights = [];
    private static readonly Dictionary<string, long> NeverServed = [];
    private static readonly HashSet<string> NoSources = [];
}

/// <summary>A claimed attempt.</summary>
/// <param name="Job">The job as it is now: running, owned by the node that asked.</param>
/// <param name="Checkpoint">What earlier attempts left; null when there is none.</param>
public sealed record ClaimedJob(JobRecord Job, string? Checkpoint)
{
    /// <summary>What every write for the attempt carries.</summary>
    public AttemptFence Fence => new(Job.Id, Job.State.Attempt, Job.State.Fence);
}

/// <summary>What a claim answers. Closed: the cases are those nested here.</summary>
public abstract record ClaimResult
{
    private ClaimResult()
    {
    }

    /// <summary>The claimed attempts, in claim order; empty when none is due or there is no room.</summary>
    /// <param name="NextDueAt">When the earliest job that is not due yet will be, as far as was seen; null when there is none.</param>
    /// <param name="More">Whether due work that there is room for may be left.</param>
    public sealed record Claimed(IReadOnlyList<ClaimedJob> Jobs, DateTimeOffset? NextDueAt, bool More) : ClaimResult;

    /// <summary>The node's epoch has ended: it must stop all its work and register anew.</summary>
    public sealed record NodeIsDead : ClaimResult;
}

/// <summary>The names under which running jobs are counted and limited.</summary>
public static class LimitKeys
{
    /// <summary>All of a project's jobs.</summary>
    public static string OfProject(string project) => $"project:{project}";

    /// <summary>All jobs of a tool.</summary>
    public static string OfTool(string tool) => $"tool:{tool}";

    /// <summary>All jobs of a project's own source, or of a shared one.</summary>
    public static string OfSource(string project, string source, bool shared) => shared ? $"source:{source}" : $"source:{project}/{source}";

    /// <summary>Every key that a job counts under.</summary>
    /// <param name="sharedSource">Whether its source is one that every project shares.</param>
    public static IEnumerable<string> Of(JobSpec spec, bool sharedSource)
    {
        if (spec.LimitKey is { } own) yield return OfCaller(spec.Project, own);
        if (spec.Source is { } source) yield return OfSource(spec.Project, source, sharedSource);
        yield return OfTool(spec.Tool);
        yield return OfProject(spec.Project);
    }

    /// <summary>All jobs under a caller's own key.</summary>
    public static string OfCaller(string project, string limitKey) => $"key:{project}/{limitKey}";
}

/// <summary>Work that is alike to a claim: the same project, source, tool and caller's limit key.</summary>
/// <param name="Source">Empty for tools that use none.</param>
/// <param name="LimitKey">Empty for none.</param>
public readonly record struct Lane(string Project, string Source, string Tool, string LimitKey);

/// <summary>A due job of a lane.</summary>
/// <param name="RowId">Whatever the store finds the job by.</param>
public readonly record struct ClaimCandidate(long RowId, int Priority, DateTimeOffset RunAt, long Sequence) : IComparable<ClaimCandidate>
{
    /// <summary>Claim order within a project: higher priority, then due earlier, then accepted earlier.</summary>
    public int CompareTo(ClaimCandidate other) =>
        Priority != other.Priority ? other.Priority.CompareTo(Priority)
        : RunAt != other.RunAt ? RunAt.CompareTo(other.RunAt)
        : Sequence.CompareTo(other.Sequence);

    /// <summary>Before.</summary>
    public static bool operator <(ClaimCandidate left, ClaimCandidate right) => left.CompareTo(right) < 0;

    /// <summary>After.</summary>
    public static bool operator >(ClaimCandidate left, ClaimCandidate right) => left.CompareTo(right) > 0;

    /// <summary>Before, or the same.</summary>
    public static bool operator <=(ClaimCandidate left, ClaimCandidate right) => left.CompareTo(right) <= 0;

    /// <summary>After, or the same.</summary>
    public static bool operator >=(ClaimCandidate left, ClaimCandidate right) => left.CompareTo(right) >= 0;
}
