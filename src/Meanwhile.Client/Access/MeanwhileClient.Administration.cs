using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Nodes;
using Meanwhile.Registry;

namespace Meanwhile.Client;

/// <content>The door to what configures an instance.</content>
public sealed partial class MeanwhileClient
{
    /// <inheritdoc/>
    public async ValueTask<Page<ProjectInfo>> ListProjectsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Paged(Address.Of("projects"), cursor, limit)), ContractsJson.Wire.ProjectList, cancellationToken).ConfigureAwait(false)).ToPage(project => project.ToInfo());

    /// <inheritdoc/>
    public async ValueTask<ProjectInfo> GetProjectAsync(string name, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("projects", name).ToString()), ContractsJson.Wire.ProjectResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    /// <inheritdoc/>
    public async ValueTask<ProjectInfo> PutProjectAsync(string name, string? displayName, double? weight, bool create, CancellationToken cancellationToken)
    {
        var submission = new ProjectSubmission { Name = name, DisplayName = displayName, Weight = weight };
        var (method, item) = Written(create, name);
        var call = Call.With(method, Address.Of("projects", item).ToString(), submission, ContractsJson.Wire.ProjectSubmission, isRepeatable: !create);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.ProjectResource, cancellationToken).ConfigureAwait(false)).ToInfo();
    }

    /// <inheritdoc/>
    public async ValueTask<Page<KeyInfo>> ListKeysAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Paged(Address.Of("keys"), cursor, limit)), ContractsJson.Wire.KeyList, cancellationToken).ConfigureAwait(false)).ToPage(key => key.ToInfo());

    /// <inheritdoc/>
    public async ValueTask<NewKey> CreateKeyAsync(KeyRequest request, CancellationToken cancellationToken)
    {
        var submission = new KeySubmission
        {
            Name = request.Name,
            Role = request.Role.Word,
            OwnJobsOnly = request.OwnJobsOnly,
            Sources = request.Sources,
            InstanceAdmin = request.IsInstanceAdmin,
            ExpiresAt = request.ExpiresAt,
            ExpiresInDays = request.ExpiresIn?.TotalDays,
        };
        var call = Call.With(HttpMethod.Post, Address.Of("keys").ToString(), submission, ContractsJson.Wire.KeySubmission, isRepeatable: false);
        var made = await _transport.ReadAsync(call, ContractsJson.Wire.NewKeyResource, cancellationToken).ConfigureAwait(false);
        return new NewKey(made.Key.ToInfo(), made.Token);
    }

    /// <inheritdoc/>
    public async ValueTask<NewKey> RotateKeyAsync(string id, TimeSpan grace, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Post, Address.Of("keys", id, "/rotate").ToString(), new RotateSubmission { GraceSeconds = grace.TotalSeconds }, ContractsJson.Wire.RotateSubmission, isRepeatable: false);
        var made = await _transport.ReadAsync(call, ContractsJson.Wire.NewKeyResource, cancellationToken).ConfigureAwait(false);
        return new NewKey(made.Key.ToInfo(), made.Token);
    }

    /// <inheritdoc/>
    public async ValueTask<KeyInfo> RevokeKeyAsync(string id, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(new Call(HttpMethod.Delete, Address.Of("keys", id).ToString(), IsRepeatable: true), ContractsJson.Wire.KeyResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    /// <inheritdoc/>
    public async ValueTask<Page<SourceInfo>> ListSourcesAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Paged(Address.Of("sources"), cursor, limit)), ContractsJson.Wire.SourceList, cancellationToken).ConfigureAwait(false)).ToPage(source => source.ToInfo());

    /// <inheritdoc/>
    public async ValueTask<SourceInfo> GetSourceAsync(string name, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("sources", name).ToString()), ContractsJson.Wire.SourceResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    /// <inheritdoc/>
    public async ValueTask<SourceInfo> PutSourceAsync(SourceRequest request, bool create, CancellationToken cancellationToken)
    {
        var (method, item) = Written(create, request.Name);
        var call = Call.With(method, Address.Of("sources", item).ToString(), request.ToSubmission(), ContractsJson.Wire.SourceSubmission, isRepeatable: !create);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.SourceResource, cancellationToken).ConfigureAwait(false)).ToInfo();
    }

    /// <inheritdoc/>
    public ValueTask DeleteSourceAsync(string name, CancellationToken cancellationToken) => DeleteAsync(Address.Of("sources", name), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<SourceProbe> ProbeSourceAsync(string name, CancellationToken cancellationToken)
    {
        var call = new Call(HttpMethod.Post, Address.Of("sources", name, "/probe").ToString(), IsRepeatable: true);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.SourceProbeResource, cancellationToken).ConfigureAwait(false)).ToProbe();
    }

    /// <inheritdoc/>
    public async ValueTask<Page<ToolInfo>> ListToolsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Paged(Address.Of("tools"), cursor, limit)), ContractsJson.Wire.ToolList, cancellationToken).ConfigureAwait(false)).ToPage(tool => tool.ToInfo());

    /// <inheritdoc/>
    public async ValueTask<ToolInfo> GetToolAsync(string name, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("tools", name).ToString()), ContractsJson.Wire.ToolResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    /// <inheritdoc/>
    public async ValueTask<ToolInfo> PutToolAsync(Tools.ToolDefinition tool, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Put, Address.Of("tools", tool.Descriptor.Name).ToString(), tool.ToSubmission(), ContractsJson.Wire.ToolSubmission, isRepeatable: true);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.ToolResource, cancellationToken).ConfigureAwait(false)).ToInfo();
    }

    /// <inheritdoc/>
    public ValueTask DeleteToolAsync(string name, CancellationToken cancellationToken) => DeleteAsync(Address.Of("tools", name), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Page<LimitInfo>> ListLimitsAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Paged(Address.Of("limits"), cursor, limit)), ContractsJson.Wire.LimitList, cancellationToken).ConfigureAwait(false)).ToPage(item => item.ToInfo());

    /// <inheritdoc/>
    public async ValueTask<LimitInfo> GetLimitAsync(string key, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("limits", key).ToString()), ContractsJson.Wire.LimitResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    /// <inheritdoc/>
    public async ValueTask<LimitInfo> PutLimitAsync(string key, int max, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Put, Address.Of("limits", key).ToString(), new LimitSubmission { Max = max }, ContractsJson.Wire.LimitSubmission, isRepeatable: true);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.LimitResource, cancellationToken).ConfigureAwait(false)).ToInfo();
    }

    /// <inheritdoc/>
    public ValueTask DeleteLimitAsync(string key, CancellationToken cancellationToken) => DeleteAsync(Address.Of("limits", key), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Page<QuotaInfo>> ListQuotasAsync(string? cursor, int? limit, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Paged(Address.Of("quotas"), cursor, limit)), ContractsJson.Wire.QuotaList, cancellationToken).ConfigureAwait(false)).ToPage(item => item.ToInfo());

    /// <inheritdoc/>
    public async ValueTask<QuotaInfo> GetQuotaAsync(string key, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("quotas", key).ToString()), ContractsJson.Wire.QuotaResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    /// <inheritdoc/>
    public async ValueTask<QuotaInfo> PutQuotaAsync(string key, QuotaLimits limits, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Put, Address.Of("quotas", key).ToString(), limits.ToResource(), ContractsJson.Wire.QuotaLimitsResource, isRepeatable: true);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.QuotaResource, cancellationToken).ConfigureAwait(false)).ToInfo();
    }

    /// <inheritdoc/>
    public ValueTask DeleteQuotaAsync(string key, CancellationToken cancellationToken) => DeleteAsync(Address.Of("quotas", key), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Page<AuditEntry>> ReadAuditAsync(string? action, bool allProjects, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var address = Address.Of("audit").With("action", action).With("all_projects", allProjects ? "true" : null);
        return (await _transport.ReadAsync(Call.Get(Paged(address, cursor, limit)), ContractsJson.Wire.AuditList, cancellationToken).ConfigureAwait(false)).ToPage(entry => entry.ToEntry());
    }

    /// <inheritdoc/>
    public async ValueTask<Stats> StatsAsync(CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("stats").ToString()), ContractsJson.Wire.StatsResource, cancellationToken).ConfigureAwait(false)).ToStats();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(Address.Of("nodes").ToString()), ContractsJson.Wire.NodeList, cancellationToken).ConfigureAwait(false)).ToPage(node => node.ToInfo()).Items;

    /// <inheritdoc/>
    public async ValueTask<NodeInfo> SetNodeDrainingAsync(string node, bool draining, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(new Call(HttpMethod.Post, Address.Of("nodes", node, draining ? "/drain" : "/resume").ToString(), IsRepeatable: true), ContractsJson.Wire.NodeResource, cancellationToken).ConfigureAwait(false)).ToInfo();

    // Made under the list's address, so that a name that is taken is refused; written under its own, whatever is there.
    private static (HttpMethod Method, string? Item) Written(bool create, string name) => create ? (HttpMethod.Post, null) : (HttpMethod.Put, name);

    private async ValueTask DeleteAsync(Address address, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(new Call(HttpMethod.Delete, address.ToString(), IsRepeatable: false), cancellationToken).ConfigureAwait(false);
    }
}
