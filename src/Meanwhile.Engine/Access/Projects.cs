using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>The instance's projects.</summary>
internal sealed class Projects(RegistryCache registry, AuditTrail audit)
{
    private const int DisplayNameLengthMax = 200;
    private const double WeightMax = 1_000;

    /// <summary>All projects for instance admins; their own for others.</summary>
    public Page<ProjectInfo> List(string? cursor, int? limit, Caller caller) => Paging.Cut(
        registry.All(DocumentKinds.Project).Where(document => caller.May(Permission.ManageProjects) || document.Key.Name == caller.Project).Select(Info), project => project.Name, cursor, limit);

    /// <summary>A project; of others, only for instance admins.</summary>
    public ProjectInfo Get(string name, Caller caller) =>
        (caller.May(Permission.ManageProjects) || name == caller.Project) && registry.Get(DocumentKinds.Project, "", name) is { } document ? Info(document) : throw NotFound(name);

    /// <summary>Makes or changes a project.</summary>
    public async ValueTask<ProjectInfo> PutAsync(string name, string? displayName, double? weight, bool create, Caller caller, CancellationToken cancellationToken)
    {
        Check(name, displayName, weight);
        var known = registry.Get(DocumentKinds.Project, "", name);
        if (!create && known is null) throw NotFound(name);
        var before = known is null ? new ProjectDocument(null, 1) : Read(known);
        var document = new ProjectDocument(displayName ?? before.DisplayName, weight ?? before.Weight);
        var json = JsonSerializer.Serialize(document, DocumentJson.Default.ProjectDocument);
        var written = await registry.PutAsync(new DocumentKey(DocumentKinds.Project, "", name), json, create ? 0 : null, cancellationToken)
            ?? throw new ProblemException(ProblemCodes.AlreadyExists, $"There is a project '{name}' already.");
        await audit.RecordAsync(name, caller.Principal, create ? "project.create" : "project.change", name, null, cancellationToken);
        return Info(written);
    }

    /// <summary>Whether there is such a project.</summary>
    public bool Exists(string name) => registry.Get(DocumentKinds.Project, "", name) is not null;

    private static void Check(string name, string? displayName, double? weight)
    {
        List<FieldError> errors = [];
        if (!Names.IsName(name)) errors.Add(new FieldError("name", $"is '{RequestCheck.Shown(name)}'; {Names.Rule}"));
        if (displayName?.Length > DisplayNameLengthMax) errors.Add(new FieldError("display_name", $"has {displayName.Length} characters; at most {DisplayNameLengthMax} are accepted"));
        if (weight is { } value && !(value > 0 && value <= WeightMax)) errors.Add(new FieldError("weight", $"is {value}; more than 0 and at most {WeightMax} is accepted"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
    }

    private static ProjectDocument Read(Document document) => JsonSerializer.Deserialize(document.Json, DocumentJson.Default.ProjectDocument)!;

    private static ProjectInfo Info(Document document)
    {
        var project = Read(document);
        return new ProjectInfo(document.Key.Name, project.DisplayName, project.Weight, document.Version, document.UpdatedAt);
    }

    private static ProblemException NotFound(string name) => new(ProblemCodes.NotFound, $"There is no project '{RequestCheck.Shown(name)}'.");
}
