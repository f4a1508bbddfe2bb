using System.Text.Json;
using Meanwhile.Registry;
using Meanwhile.Stores;

namespace Meanwhile.Quotas;

/// <summary>The quotas as the registry has them now, as the limits that a submission must stay within.</summary>
/// <remarks>Made anew only when the registry has changed. Safe for concurrent use.</remarks>
internal sealed class QuotaTable(RegistryCache registry)
{
    private volatile Snapshot _current = new(-1, []);

    private sealed record Snapshot(long Changes, Dictionary<(string Project, string Key), IReadOnlyList<UsageLimit>> Limits);

    /// <summary>What a project's principal must stay within; empty when nothing limits it.</summary>
    public IReadOnlyList<UsageLimit> LimitsOf(string project, string principal)
    {
        var limits = Current.Limits;
        if (limits.Count == 0) return [];
        var ofKey = limits.GetValueOrDefault((project, QuotaKeys.OfKey(principal)), []);
        var ofProject = limits.GetValueOrDefault((project, QuotaKeys.OfProject(project)), []);
        return ofKey.Count == 0 ? ofProject : [.. ofKey, .. ofProject];
    }

    private Snapshot Current
    {
        get
        {
            var changes = registry.Changes;
            return _current is var known && known.Changes == changes ? known : _current = Make(changes);
        }
    }

    private Snapshot Make(long changes) => new(changes, registry.All(DocumentKinds.Quota).ToDictionary(
        document => (document.Key.Project, document.Key.Name),
        IReadOnlyList<UsageLimit> (document) => Limits(JsonSerializer.Deserialize(document.Json, DocumentJson.Default.QuotaDocument)!, QuotaKeys.PrincipalOf(document.Key.Name))));

    private static List<UsageLimit> Limits(QuotaDocument quota, string? principal)
    {
        List<UsageLimit> limits = [];
        if (quota.LiveJobs is { } live) limits.Add(new UsageLimit(UsageKind.LiveJobs, principal, live));
        if (quota.SubmissionsPerMinute is { } minute) limits.Add(new UsageLimit(UsageKind.SubmissionsPerMinute, principal, minute));
        if (quota.SubmissionsPerDay is { } day) limits.Add(new UsageLimit(UsageKind.SubmissionsPerDay, principal, day));
        if (quota.ResultBytes is { } bytes) limits.Add(new UsageLimit(UsageKind.ResultBytes, principal, bytes));
        return limits;
    }
}
