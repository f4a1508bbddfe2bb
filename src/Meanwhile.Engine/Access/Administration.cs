using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>The parts that the door to the configuration is made of; one set serves all callers.</summary>
internal sealed record AdministrationServices(Projects Projects, Keys Keys, SourceAdmin Sources, ToolAdmin Tools, LimitAdmin Limits, AuditTrail Audit, Statistics Statistics, NodeAdmin Nodes);

/// <summary>The door to the configuration for one caller.</summary>
internal sealed class Administration(AdministrationServices services, Caller caller) : IAdministration
{
    /// <inheritdoc/>
    public Caller Caller => caller;

    /// <inheritdoc/>
    public ValueTask<Page<ProjectInfo>> ListProjectsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(services.Projects.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<ProjectInfo> GetProjectAsync(string name, CancellationToken cancellationToken) => new(services.Projects.Get(name, caller));

    /// <inheritdoc/>
    public ValueTask<ProjectInfo> PutProjectAsync(string name, string? displayName, double? weight, bool create, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Projects.PutAsync(name, displayName, weight, create, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<KeyInfo>> ListKeysAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(services.Keys.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<NewKey> CreateKeyAsync(KeyRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Keys.CreateAsync(request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<KeyInfo> RevokeKeyAsync(string id, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Keys.RevokeAsync(id, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<SourceInfo>> ListSourcesAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(services.Sources.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<SourceInfo> GetSourceAsync(string name, CancellationToken cancellationToken) => new(services.Sources.Get(name, caller));

    /// <inheritdoc/>
    public ValueTask<SourceInfo> PutSourceAsync(SourceRequest request, bool create, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Sources.PutAsync(request, create, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteSourceAsync(string name, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Sources.DeleteAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<SourceProbe> ProbeSourceAsync(string name, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Sources.ProbeAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<ToolInfo>> ListToolsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Tools.ListAsync(cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ToolInfo> GetToolAsync(string name, CancellationToken cancellationToken) => StoreOutage.Told(services.Tools.GetAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ToolInfo> PutToolAsync(Tools.ToolDefinition tool, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Tools.PutAsync(tool, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteToolAsync(string name, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Tools.DeleteAsync(name, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<LimitInfo>> ListLimitsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        new(services.Limits.List(cursor, limit, caller));

    /// <inheritdoc/>
    public ValueTask<LimitInfo> GetLimitAsync(string key, CancellationToken cancellationToken) => new(services.Limits.Get(key, caller));

    /// <inheritdoc/>
    public ValueTask<LimitInfo> PutLimitAsync(string key, int max, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Limits.PutAsync(key, max, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteLimitAsync(string key, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Limits.DeleteAsync(key, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<AuditEntry>> ReadAuditAsync(string? action, bool allProjects, string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Audit.ReadAsync(action, allProjects, cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Stats> StatsAsync(CancellationToken cancellationToken) => StoreOutage.Told(services.Statistics.ReadAsync(caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NodeInfo> SetNodeDrainingAsync(string node, bool draining, CancellationToken cancellationToken) => StoreOutage.Told(services.Nodes.SetDrainingAsync(node, draining, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Nodes.ListAsync(caller, cancellationToken));
}
