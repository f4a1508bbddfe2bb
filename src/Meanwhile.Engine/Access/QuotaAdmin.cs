using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Quotas;
using Meanwhile.Registry;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>The quotas of projects and keys. A project's admin sets those of its keys; the project's own is the instance's.</summary>
internal sealed class QuotaAdmin(RegistryCache registry, IUsage usage, AuditTrail audit)
{
    private const long QuotaMax = 1_000_000_000_000_000;

    /// <summary>The quotas that the caller may see, with what is used of each.</summary>
    public async ValueTask<Page<QuotaInfo>> ListAsync(string? cursor, int? limit, Caller caller, CancellationToken cancellationToken)
    {
        var page = Paging.Cut(registry.All(DocumentKinds.Quota).Where(document => document.Key.Project == caller.Project && IsSeen(document.Key.Name, caller)), document => document.Key.Name, cursor, limit);
        List<QuotaInfo> infos = [];
        foreach (var document in page.Items) infos.Add(await InfoAsync(document, cancellationToken));
        return new Page<QuotaInfo>(infos, page.NextCursor);
    }

    /// <summary>A quota.</summary>
    public async ValueTask<QuotaInfo> GetAsync(string key, Caller caller, CancellationToken cancellationToken) =>
        IsSeen(key, caller) && registry.Get(DocumentKinds.Quota, caller.Project, key) is { } document ? await InfoAsync(document, cancellationToken) : throw NotFound(key);

    /// <summary>Sets a quota as a whole.</summary>
    public async ValueTask<QuotaInfo> PutAsync(string key, QuotaLimits limits, Caller caller, CancellationToken cancellationToken)
    {
        Check(key, limits, caller);
        var json = JsonSerializer.Serialize(new QuotaDocument(limits.LiveJobs, limits.SubmissionsPerMinute, limits.SubmissionsPerDay, limits.ResultBytes), DocumentJson.Default.QuotaDocument);
        var written = await registry.PutAsync(new DocumentKey(DocumentKinds.Quota, caller.Project, key), json, null, cancellationToken);
        await audit.RecordAsync(caller, "quota.set", key, Detail(limits), cancellationToken);
        return await InfoAsync(written!, cancellationToken);
    }

    /// <summary>Removes a quota.</summary>
    public async ValueTask DeleteAsync(string key, Caller caller, CancellationToken cancellationToken)
    {
        NeedOwner(key, caller);
        if (!await registry.DeleteAsync(new DocumentKey(DocumentKinds.Quota, caller.Project, key), cancellationToken)) throw NotFound(key);
        await audit.RecordAsync(caller, "quota.remove", key, null, cancellationToken);
    }

    private void Check(string key, QuotaLimits limits, Caller caller)
    {
        NeedOwner(key, caller);
        List<FieldError> errors = [];
        var principal = QuotaKeys.PrincipalOf(key);
        if (principal is null && QuotaKeys.ProjectOf(key) is null) errors.Add(new FieldError("key", $"is '{RequestCheck.Shown(key)}'; project:{caller.Project} and key:ID are accepted"));
        else if (principal is null && key != QuotaKeys.OfProject(caller.Project)) errors.Add(new FieldError("key", $"is '{RequestCheck.Shown(key)}'; this request acts in project '{caller.Project}': name the other project to act in"));
        else if (principal is not null && registry.Get(DocumentKinds.Key, caller.Project, principal) is null) errors.Add(new FieldError("key", $"is '{RequestCheck.Shown(key)}'; there is no such key in project '{caller.Project}'"));
        if (limits == new QuotaLimits()) errors.Add(new FieldError("live_jobs", "is missing, as are submissions_per_minute, submissions_per_day and result_bytes; at least one of them is needed"));
        foreach (var (field, max) in Fields(limits))
        {
            if (max is < 0 or > QuotaMax) errors.Add(new FieldError(field, $"is {max}; 0 to {QuotaMax} is accepted"));
        }

        if (principal is not null && limits.ResultBytes is not null) errors.Add(new FieldError("result_bytes", "is given for a key; results are counted for whole projects alone"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
    }

    private static void NeedOwner(string key, Caller caller)
    {
        if (QuotaKeys.ProjectOf(key) is not null) Permissions.Need(caller, Permission.ChangeProjectQuotas);
    }

    private static bool IsSeen(string key, Caller caller) =>
        caller.May(Permission.ReadAllQuotas) || (caller.SeesAllJobs && key == QuotaKeys.OfProject(caller.Project)) || key == QuotaKeys.OfKey(caller.Principal);

    private static IEnumerable<(string Field, long? Max)> Fields(QuotaLimits limits) =>
    [
        (UsageKind.LiveJobs.Word, limits.LiveJobs),
        (UsageKind.SubmissionsPerMinute.Word, limits.SubmissionsPerMinute),
        (UsageKind.SubmissionsPerDay.Word, limits.SubmissionsPerDay),
        (UsageKind.ResultBytes.Word, limits.ResultBytes),
    ];

    private static Dictionary<string, string> Detail(QuotaLimits limits) =>
        Fields(limits).Where(field => field.Max is not null).ToDictionary(field => field.Field, field => $"{field.Max}");

    private async ValueTask<QuotaInfo> InfoAsync(Document document, CancellationToken cancellationToken)
    {
        var quota = JsonSerializer.Deserialize(document.Json, DocumentJson.Default.QuotaDocument)!;
        var limits = new QuotaLimits { LiveJobs = quota.LiveJobs, SubmissionsPerMinute = quota.SubmissionsPerMinute, SubmissionsPerDay = quota.SubmissionsPerDay, ResultBytes = quota.ResultBytes };
        var used = await usage.ReadAsync(document.Key.Project, QuotaKeys.PrincipalOf(document.Key.Name), cancellationToken);
        return new QuotaInfo(document.Key.Name, limits, used, document.Version, document.UpdatedAt);
    }

    private static ProblemException NotFound(string key) => new(ProblemCodes.NotFound, $"There is no quota '{RequestCheck.Shown(key)}' in this project.");
}
