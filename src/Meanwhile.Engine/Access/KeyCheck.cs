using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>Checks what a new key is to be.</summary>
internal sealed class KeyCheck(RegistryCache registry, SourceCatalog sources, TimeProvider time)
{
    private const int NameLengthMax = 200;
    private const int SourcesMax = 100;
    private static readonly TimeSpan LifeMax = TimeSpan.FromDays(3_650);

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ProblemException">Each wrong field is named.</exception>
    public void Check(KeyRequest request, Caller caller)
    {
        List<FieldError> errors = [];
        if (request.Name?.Length > NameLengthMax) errors.Add(new FieldError("name", $"has {request.Name.Length} characters; at most {NameLengthMax} are accepted"));
        CheckScope(request, caller, errors);
        if (request.ExpiresAt <= time.GetUtcNow()) errors.Add(new FieldError("expires_at", $"is {request.ExpiresAt:O}; a time in the future is accepted"));
        if (request is { ExpiresAt: not null, ExpiresIn: not null }) errors.Add(new FieldError("expires_in_days", "is given together with expires_at; only one of them is accepted"));
        if (request.ExpiresIn is { } life && (life <= TimeSpan.Zero || life > LifeMax)) errors.Add(new FieldError("expires_in_days", $"is {life.TotalDays}; more than 0 and at most {LifeMax.TotalDays} is accepted"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
    }

    private void CheckScope(KeyRequest request, Caller caller, List<FieldError> errors)
    {
        var isAdmin = request.Role == Role.Admin || request.IsInstanceAdmin;
        if (request.OwnJobsOnly && isAdmin) errors.Add(new FieldError("own_jobs_only", "is given for an admin, who sees all jobs of the project; leave it out, or make the key a submitter's"));
        if (request.OwnJobsOnly && !isAdmin && request.Role == Role.Viewer) errors.Add(new FieldError("own_jobs_only", "is given for a viewer, who submits no jobs and would see none; leave it out, or make the key a submitter's"));
        if (request.OwnJobsOnly && !isAdmin && request.Role == Role.Worker) errors.Add(new FieldError("own_jobs_only", "is given for a worker, who works on jobs of others and submits none; leave it out"));
        if (request.Sources is not { } names) return;
        if (!isAdmin && request.Role == Role.Worker) errors.Add(new FieldError("sources", "is given for a worker, whose tools use no source; leave it out"));
        if (isAdmin) errors.Add(new FieldError("sources", "is given for an admin, who defines the sources of the project; leave it out, or choose another role"));
        if (names.Count is 0 or > SourcesMax) errors.Add(new FieldError("sources", $"has {names.Count} names; 1 to {SourcesMax} are accepted; leave it out for all sources"));
        foreach (var (index, name) in names.Index())
        {
            if (name is null || !IsSource(caller.Project, name)) errors.Add(new FieldError($"sources[{index}]", $"is '{RequestCheck.Shown(name ?? "")}'; there is no such source in project '{caller.Project}'"));
        }
    }

    private bool IsSource(string project, string name) => sources.SharedNames.Contains(name) || registry.Get(DocumentKinds.Source, project, name) is not null;
}
