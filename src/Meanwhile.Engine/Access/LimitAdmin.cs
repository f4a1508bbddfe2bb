using System.Text.Json;
using Meanwhile.Execution;
using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>The limits on how much runs at once. A project's operator sets those of its own sources and limit keys; the rest is the instance's.</summary>
internal sealed class LimitAdmin(RegistryCache registry, SourceCatalog sources, ToolCatalog tools, AuditTrail audit)
{
    private const int LimitMax = 1_000_000;

    /// <summary>The limits that concern the caller's project; all, for instance admins.</summary>
    public Page<LimitInfo> List(string? cursor, int? limit, Caller caller) => Paging.Cut(
        registry.All(DocumentKinds.Limit).Where(document => IsSeen(document.Key.Name, caller)).Select(Info), info => info.Key, cursor, limit);

    /// <summary>A limit.</summary>
    public LimitInfo Get(string key, Caller caller)
    {
        var whole = Whole(key, caller);
        return IsSeen(whole, caller) && registry.Get(DocumentKinds.Limit, "", whole) is { } document ? Info(document) : throw NotFound(key);
    }

    /// <summary>Sets a limit.</summary>
    public async ValueTask<LimitInfo> PutAsync(string key, int max, Caller caller, CancellationToken cancellationToken)
    {
        key = Whole(key, caller);
        NeedOwner(key, caller);
        List<FieldError> errors = [];
        if (!IsKey(key)) errors.Add(new FieldError("key", $"is '{RequestCheck.Shown(key)}'; source:NAME, source:PROJECT/NAME, project:NAME, tool:NAME, key:KEY and key:PROJECT/KEY are accepted"));
        else if (Unknown(key) is { } unknown) errors.Add(new FieldError("key", $"is '{RequestCheck.Shown(key)}'; {unknown}"));
        if (max is < 0 or > LimitMax) errors.Add(new FieldError("max", $"is {max}; 0 to {LimitMax} is accepted"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
        var json = JsonSerializer.Serialize(new LimitDocument(max), DocumentJson.Default.LimitDocument);
        var written = await registry.PutAsync(new DocumentKey(DocumentKinds.Limit, "", key), json, null, cancellationToken);
        await audit.RecordAsync(caller, "limit.set", key, new Dictionary<string, string> { ["max"] = $"{max}" }, cancellationToken);
        return Info(written!);
    }

    /// <summary>Removes a limit.</summary>
    public async ValueTask DeleteAsync(string key, Caller caller, CancellationToken cancellationToken)
    {
        key = Whole(key, caller);
        NeedOwner(key, caller);
        if (!await registry.DeleteAsync(new DocumentKey(DocumentKinds.Limit, "", key), cancellationToken)) throw NotFound(key);
        await audit.RecordAsync(caller, "limit.remove", key, null, cancellationToken);
    }

    /// <summary>A key as it counts: a source or a caller's key without a project is the caller's own, unless every project shares the source.</summary>
    private string Whole(string key, Caller caller) => key.Split(':', 2) switch
    {
        ["source", { Length: > 0 } name] when !name.Contains('/') && !sources.SharedNames.Contains(name) => Claims.LimitKeys.OfSource(caller.Project, name, shared: false),
        ["key", { Length: > 0 } name] when !name.Contains('/') => Claims.LimitKeys.OfCaller(caller.Project, name),
        _ => key,
    };

    /// <summary>What a key names that is not there or can't be: a limit on it would never hold anything back.</summary>
    private string? Unknown(string key)
    {
        var (kind, name) = (key[..key.IndexOf(':')], key[(key.IndexOf(':') + 1)..]);
        return kind switch
        {
            "project" when registry.Get(DocumentKinds.Project, "", name) is null => "there is no such project",
            "tool" when tools.Find(name) is null => $"known tools are {tools.NamesInWords}",
            "source" when name.Split('/', 2) is [var project, var source] && registry.Get(DocumentKinds.Source, project, source) is null => NoSource(project, source),
            "key" when !RequestCheck.IsLimitKey(name[(name.IndexOf('/') + 1)..]) => $"no job can have that limit_key: {RequestCheck.LimitKeyRule}",
            _ => null,
        };
    }

    private static void NeedOwner(string key, Caller caller)
    {
        if (!IsOwn(key, caller)) Permissions.Need(caller, Permission.ChangeInstanceLimits);
        if (caller.Sources is null) return;
        if (SourceOf(key) is not { } source) throw new ProblemException(ProblemCodes.Forbidden, $"This key is for some of the project's sources and changes the limits of these alone, not '{RequestCheck.Shown(key)}'.");
        if (!caller.HasSource(source)) throw SpecMaker.Invalid([new FieldError("key", $"is '{RequestCheck.Shown(key)}'; {NoSource(caller.Project, source)}")]);
    }

    /// <summary>The source that a key is about, without its project; null when it is about something else.</summary>
    private static string? SourceOf(string key) => key.Split(':', 2) is ["source", var name] ? name[(name.IndexOf('/') + 1)..] : null;

    private static string NoSource(string project, string source) => $"there is no source '{RequestCheck.Shown(source)}' in project '{RequestCheck.Shown(project)}'";

    private static bool IsOwn(string key, Caller caller) =>
        key.StartsWith($"source:{caller.Project}/", StringComparison.Ordinal) || key.StartsWith($"key:{caller.Project}/", StringComparison.Ordinal);

    private static bool IsSeen(string key, Caller caller) => Concerns(key, caller) && (SourceOf(key) is not { } source || caller.HasSource(source));

    private static bool Concerns(string key, Caller caller) =>
        caller.May(Permission.ChangeInstanceLimits) || IsOwn(key, caller) || key == Claims.LimitKeys.OfProject(caller.Project) || key.StartsWith("tool:", StringComparison.Ordinal)
        || (key.StartsWith("source:", StringComparison.Ordinal) && !key.Contains('/'));

    private static bool IsKey(string key) =>
        key.Length <= 200 && key.Split(':', 2) is [var kind, { Length: > 0 } rest] && kind switch
        {
            "project" or "tool" => !rest.Contains('/'),
            "source" => true,
            "key" => rest.Contains('/'),
            _ => false,
        };

    private static LimitInfo Info(Document document) =>
        new(document.Key.Name, JsonSerializer.Deserialize(document.Json, DocumentJson.Default.LimitDocument)!.Max, document.Version, document.UpdatedAt);

    private static ProblemException NotFound(string key) => new(ProblemCodes.NotFound, $"There is no limit '{RequestCheck.Shown(key)}'.");
}
