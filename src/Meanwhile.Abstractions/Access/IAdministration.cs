using System.Text.Json;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>A project.</summary>
/// <param name="Weight">Its share of free slots against others': more than 0, default 1.</param>
/// <param name="Version">For compare-and-set; 0 in a request = whatever is there.</param>
public sealed record ProjectInfo(string Name, string? DisplayName, double Weight, long Version, DateTimeOffset UpdatedAt);

/// <summary>A key, without its secret.</summary>
/// <param name="Id">What audit and submitted_by show.</param>
public sealed record KeyInfo(
    string Id, string Project, string? Name, Role Role, bool OwnJobsOnly, bool IsInstanceAdmin, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>The sources that exist for it, by name; null = all.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>When its secret was last made anew; null = never.</summary>
    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>Until when the secret before works as well; null when there is none or its time is over.</summary>
    public DateTimeOffset? OldSecretUntil { get; init; }
}

/// <summary>A key that was just made, or whose secret was made anew.</summary>
/// <param name="Token"><c>mw_id_secret</c>: shown this once, stored only as a hash.</param>
public sealed record NewKey(KeyInfo Key, string Token);

/// <summary>What a new key is to be.</summary>
public sealed record KeyRequest
{
    /// <summary>For people; null = none.</summary>
    public string? Name { get; init; }

    /// <summary>What it may do.</summary>
    public Role Role { get; init; } = Role.Submitter;

    /// <summary>Whether only its own jobs exist for it; for submitters and operators.</summary>
    public bool OwnJobsOnly { get; init; }

    /// <summary>The sources that exist for it, by name: 1 to 100; null = all. Not for admins.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Whether it may manage the instance; only an instance admin can give that.</summary>
    public bool IsInstanceAdmin { get; init; }

    /// <summary>When it stops working; null = never, or after <see cref="ExpiresIn"/>.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How long it works, by the server's clock: at most 3,650 days; not together with <see cref="ExpiresAt"/>; null = no end.</summary>
    public TimeSpan? ExpiresIn { get; init; }
}

/// <summary>How much a project, or a key, may use; what is null is not limited.</summary>
public sealed record QuotaLimits
{
    /// <summary>How many jobs may wait or run at once; 0 takes no more.</summary>
    public long? LiveJobs { get; init; }

    /// <summary>How many jobs may be submitted in each minute of the store's clock.</summary>
    public long? SubmissionsPerMinute { get; init; }

    /// <summary>How many jobs may be submitted in each day (UTC).</summary>
    public long? SubmissionsPerDay { get; init; }

    /// <summary>Over how many bytes of stored results no more jobs are taken; for projects alone.</summary>
    public long? ResultBytes { get; init; }
}

/// <summary>A quota, and how much of it is used now.</summary>
/// <param name="Key"><c>project:NAME</c> or <c>key:ID</c>.</param>
public sealed record QuotaInfo(string Key, QuotaLimits Limits, Usage Used, long Version, DateTimeOffset UpdatedAt);

/// <summary>A source as its project's admins see it.</summary>
/// <param name="Definition">What defines it; settings hold references, never secrets.</param>
/// <param name="FromConfiguration">Whether it is in the configuration file, so that the API can't change it.</param>
public sealed record SourceInfo(SourceDefinition Definition, bool FromConfiguration, long Version, DateTimeOffset? UpdatedAt);

/// <summary>A source to be made or changed.</summary>
public sealed record SourceRequest(string Name, string Type, JsonElement Settings, SourceOptions Options);

/// <summary>What a source answered when it was tried.</summary>
/// <param name="Error">Null when it can be used.</param>
public sealed record SourceProbe(string Name, JobError? Error, TimeSpan Took);

/// <summary>A tool as callers see it.</summary>
/// <param name="Definition">What it is; of an endpoint only whether there is one, never its address or headers.</param>
/// <param name="FromConfiguration">Whether it is the server's own or in its configuration file, so that the API can't change it.</param>
/// <param name="WorkerCount">How many living workers take its jobs; null when workers are not who runs them.</param>
public sealed record ToolInfo(Tools.ToolDefinition Definition, bool FromConfiguration, int? WorkerCount, long Version, DateTimeOffset? UpdatedAt);

/// <summary>A limit on how many jobs run at once under a key.</summary>
/// <param name="Key">See <see cref="Claims.LimitKeys"/>.</param>
/// <param name="Max">0 pauses.</param>
public sealed record LimitInfo(string Key, int Max, long Version, DateTimeOffset UpdatedAt);

/// <summary>A project in numbers, from counters.</summary>
public sealed record Stats
{
    /// <summary>How many jobs in each status that occurs.</summary>
    public required IReadOnlyList<StatusCount> Jobs { get; init; }

    /// <summary>Work running on this node, of all projects.</summary>
    public required int NodeRunning { get; init; }

    /// <summary>How much may run on this node at once.</summary>
    public required int NodeConcurrency { get; init; }

    /// <summary>How long this process has been up.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Bytes that results may still take before writing is refused; null = unknown.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>The process's memory.</summary>
    public required long MemoryBytes { get; init; }
}

/// <summary>The one door to what configures an instance, bound to a caller.</summary>
/// <remarks>
/// Everything concerns the caller's project, unless it says otherwise. Every refusal is a <see cref="ProblemException"/>. Safe for concurrent use.
/// </remarks>
public interface IAdministration
{
    /// <summary>Who the caller is.</summary>
    Caller Caller { get; }

    /// <summary>All projects, by name; only for instance admins. Others see their own.</summary>
    ValueTask<Page<ProjectInfo>> ListProjectsAsync(string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>A project.</summary>
    ValueTask<ProjectInfo> GetProjectAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes a project, or changes it when it exists and <paramref name="create"/> is false. Only for instance admins.</summary>
    ValueTask<ProjectInfo> PutProjectAsync(string name, string? displayName, double? weight, bool create, CancellationToken cancellationToken);

    /// <summary>The project's keys, newest first.</summary>
    ValueTask<Page<KeyInfo>> ListKeysAsync(string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>Makes a key.</summary>
    ValueTask<NewKey> CreateKeyAsync(KeyRequest request, CancellationToken cancellationToken);

    /// <summary>Gives a key a new secret; the id, and with it the principal, stays.</summary>
    /// <param name="grace">How long the secret before works as well: zero to 7 days. One that was still in its grace ends at once.</param>
    ValueTask<NewKey> RotateKeyAsync(string id, TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Ends a key at once, with every secret of it.</summary>
    ValueTask<KeyInfo> RevokeKeyAsync(string id, CancellationToken cancellationToken);

    /// <summary>The sources that the project can use, by name.</summary>
    ValueTask<Page<SourceInfo>> ListSourcesAsync(string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>A source.</summary>
    ValueTask<SourceInfo> GetSourceAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes a source (<paramref name="create"/>), or makes or changes it.</summary>
    ValueTask<SourceInfo> PutSourceAsync(SourceRequest request, bool create, CancellationToken cancellationToken);

    /// <summary>Removes a source. Jobs that wait for it fail when their turn comes.</summary>
    ValueTask DeleteSourceAsync(string name, CancellationToken cancellationToken);

    /// <summary>Tries a source.</summary>
    ValueTask<SourceProbe> ProbeSourceAsync(string name, CancellationToken cancellationToken);

    /// <summary>Every tool, by name.</summary>
    ValueTask<Page<ToolInfo>> ListToolsAsync(string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>A tool.</summary>
    ValueTask<ToolInfo> GetToolAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes or changes a tool whose jobs workers run. Only for instance admins.</summary>
    ValueTask<ToolInfo> PutToolAsync(Tools.ToolDefinition tool, CancellationToken cancellationToken);

    /// <summary>Removes such a tool: submissions are refused; jobs that wait still go to workers that registered for it. Only for instance admins.</summary>
    ValueTask DeleteToolAsync(string name, CancellationToken cancellationToken);

    /// <summary>The limits that concern the project; all, for instance admins.</summary>
    ValueTask<Page<LimitInfo>> ListLimitsAsync(string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>A limit.</summary>
    ValueTask<LimitInfo> GetLimitAsync(string key, CancellationToken cancellationToken);

    /// <summary>Sets a limit; applies to the next claim.</summary>
    ValueTask<LimitInfo> PutLimitAsync(string key, int max, CancellationToken cancellationToken);

    /// <summary>Removes a limit.</summary>
    ValueTask DeleteLimitAsync(string key, CancellationToken cancellationToken);

    /// <summary>The quotas of the project and of its keys: all of them for admins, the project's and the caller's own for others.</summary>
    ValueTask<Page<QuotaInfo>> ListQuotasAsync(string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>A quota.</summary>
    ValueTask<QuotaInfo> GetQuotaAsync(string key, CancellationToken cancellationToken);

    /// <summary>Sets a quota as a whole; applies to the next submission. A project's quota only for instance admins.</summary>
    ValueTask<QuotaInfo> PutQuotaAsync(string key, QuotaLimits limits, CancellationToken cancellationToken);

    /// <summary>Removes a quota.</summary>
    ValueTask DeleteQuotaAsync(string key, CancellationToken cancellationToken);

    /// <summary>The audit log, newest first; an instance admin can ask for all projects.</summary>
    ValueTask<Page<AuditEntry>> ReadAuditAsync(string? action, bool allProjects, string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>The project in numbers.</summary>
    ValueTask<Stats> StatsAsync(CancellationToken cancellationToken);

    /// <summary>The nodes; only for instance admins.</summary>
    ValueTask<IReadOnlyList<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken);

    /// <summary>Has a living node claim nothing more (<paramref name="draining"/>), or claim again; it heeds that with its next beat, within 2 s. Only for instance admins.</summary>
    /// <returns>The node, once the wish is stored.</returns>
    ValueTask<NodeInfo> SetNodeDrainingAsync(string node, bool draining, CancellationToken cancellationToken);
}
