using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>The parts that the door to the configuration is made of; one set serves all callers.</summary>
internal sealed record AdministrationServices(
    Projects Projects, Keys Keys, SourceAdmin Sources, ToolAdmin Tools, LimitAdmin Limits, QuotaAdmin Quotas, AuditTrail Audit, Statistics Statistics, NodeAdmin Nodes);

/// <summary>The door to the configuration for one caller.</summary>
/// <remarks>Each method names the permission that it takes, and the parts can't be reached without one.</remarks>
internal sealed class Administration(AdministrationServices services, Caller caller) : IAdministration
{
    private AdministrationServices May(Permission permission)
    {
        Permissions.Need(caller, permission);
        return services;
    }

    /// <inheritdoc/>
    public Caller Caller => caller;

    /// <inheritdoc/>
    public ValueTask<Page<ProjectInfo>> ListProjectsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(May(Permission.ReadProject).Projects.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<ProjectInfo> GetProjectAsync(string name, CancellationToken cancellationToken) => new(May(Permission.ReadProject).Projects.Get(name, caller));

    /// <inheritdoc/>
    public ValueTask<ProjectInfo> PutProjectAsync(string name, string? displayName, double? weight, bool create, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ManageProjects).Projects.PutAsync(name, displayName, weight, create, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<KeyInfo>> ListKeysAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(May(Permission.ManageKeys).Keys.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<NewKey> CreateKeyAsync(KeyRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ManageKeys).Keys.CreateAsync(request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NewKey> RotateKeyAsync(string id, TimeSpan grace, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ManageKeys).Keys.RotateAsync(id, grace, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<KeyInfo> RevokeKeyAsync(string id, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ManageKeys).Keys.RevokeAsync(id, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<SourceInfo>> ListSourcesAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(May(Permission.ReadSources).Sources.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<SourceInfo> GetSourceAsync(string name, CancellationToken cancellationToken) => new(May(Permission.ReadSources).Sources.Get(name, caller));

    /// <inheritdoc/>
    public ValueTask<SourceInfo> PutSourceAsync(SourceRequest request, bool create, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.DefineSources).Sources.PutAsync(request, create, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteSourceAsync(string name, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.DefineSources).Sources.DeleteAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<SourceProbe> ProbeSourceAsync(string name, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ProbeSources).Sources.ProbeAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<ToolInfo>> ListToolsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadTools).Tools.ListAsync(cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ToolInfo> GetToolAsync(string name, CancellationToken cancellationToken) => StoreOutage.Told(May(Permission.ReadTools).Tools.GetAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ToolInfo> PutToolAsync(Tools.ToolDefinition tool, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.DeclareTools).Tools.PutAsync(tool, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteToolAsync(string name, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.DeclareTools).Tools.DeleteAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<LimitInfo>> ListLimitsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(May(Permission.ReadLimits).Limits.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<LimitInfo> GetLimitAsync(string key, CancellationToken cancellationToken) => new(May(Permission.ReadLimits).Limits.Get(key, caller));

    /// <inheritdoc/>
    public ValueTask<LimitInfo> PutLimitAsync(string key, int max, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ChangeLimits).Limits.PutAsync(key, max, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteLimitAsync(string key, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ChangeLimits).Limits.DeleteAsync(key, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<QuotaInfo>> ListQuotasAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadQuotas).Quotas.ListAsync(cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<QuotaInfo> GetQuotaAsync(string key, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadQuotas).Quotas.GetAsync(key, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<QuotaInfo> PutQuotaAsync(string key, QuotaLimits limits, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ChangeKeyQuotas).Quotas.PutAsync(key, limits, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteQuotaAsync(string key, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ChangeKeyQuotas).Quotas.DeleteAsync(key, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<AuditEntry>> ReadAuditAsync(string? action, bool allProjects, string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadAudit).Audit.ReadAsync(action, allProjects, cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Stats> StatsAsync(CancellationToken cancellationToken) => StoreOutage.Told(May(Permission.ReadStats).Statistics.ReadAsync(caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NodeInfo> SetNodeDrainingAsync(string node, bool draining, CancellationToken cancellationToken) => StoreOutage.Told(May(Permission.DrainNodes).Nodes.SetDrainingAsync(node, draining, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadNodes).Nodes.ListAsync(cancellationToken));
}
