using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Sources;

namespace Meanwhile.Access;

/// <summary>The sources that a project defines, and those of the configuration that it shares.</summary>
internal sealed class SourceAdmin(RegistryCache registry, SourceCatalog sources, AuditTrail audit, TimeProvider time, EngineOptions options, IReadOnlyList<SourceRules>? rules)
{
    private const int SettingsLengthMax = 64 * 1024;
    private static readonly TimeSpan ProbeWithin = TimeSpan.FromSeconds(10);

    /// <summary>The sources that the project can use.</summary>
    public Page<SourceInfo> List(string? cursor, int? limit, Caller caller)
    {
        var own = registry.All(DocumentKinds.Source).Where(document => document.Key.Project == caller.Project).Select(Info);
        return Paging.Cut(own.Concat(sources.Shared.Select(Info)).Where(info => caller.HasSource(info.Definition.Name)).Select(info => Seen(info, caller)), info => info.Definition.Name, cursor, limit);
    }

    /// <summary>A source.</summary>
    public SourceInfo Get(string name, Caller caller) => Seen(Find(name, caller), caller);

    /// <summary>Makes or changes a source of the project.</summary>
    public async ValueTask<SourceInfo> PutAsync(SourceRequest request, bool create, Caller caller, CancellationToken cancellationToken)
    {
        if (sources.SharedNames.Contains(request.Name)) throw new ProblemException(ProblemCodes.Conflict, $"Source '{request.Name}' is defined in the server's configuration file; choose another name, or change it there.");
        Check(request, caller);
        var key = new DocumentKey(DocumentKinds.Source, caller.Project, request.Name);
        var known = registry.Get(key.Kind, key.Project, key.Name);
        if (!create && known is not null && !caller.IsInstanceAdmin && SourceCatalog.Read(known).ByInstanceAdmin) throw new ProblemException(ProblemCodes.Forbidden, $"Source '{request.Name}' was defined by an instance admin, who may reach more than a project may: only an instance admin can change it. Remove it and define your own, or define one under another name.");
        if (known is null && Count(caller) >= options.SourcesMax) throw new ProblemException(ProblemCodes.TooMany, $"Project '{caller.Project}' has {options.SourcesMax} sources, the most there may be.");
        var written = await registry.PutAsync(key, JsonSerializer.Serialize(Document(request, caller), DocumentJson.Default.SourceDocument), create ? 0 : null, cancellationToken)
            ?? throw new ProblemException(ProblemCodes.AlreadyExists, $"There is a source '{request.Name}' already; use PUT to change it.");
        await audit.RecordAsync(caller, create ? "source.create" : "source.change", request.Name, new Dictionary<string, string> { ["type"] = request.Type }, cancellationToken);
        return Info(written);
    }

    /// <summary>Removes a source of the project.</summary>
    public async ValueTask DeleteAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        if (sources.SharedNames.Contains(name)) throw new ProblemException(ProblemCodes.Conflict, $"Source '{name}' is defined in the server's configuration file; remove it there.");
        if (!await registry.DeleteAsync(new DocumentKey(DocumentKinds.Source, caller.Project, name), cancellationToken)) throw NotFound(name);
        await audit.RecordAsync(caller, "source.remove", name, null, cancellationToken);
    }

    /// <summary>Tries a source.</summary>
    public async ValueTask<SourceProbe> ProbeAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        Find(name, caller);
        var start = time.GetTimestamp();
        using var within = new CancellationTokenSource(ProbeWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(within.Token, cancellationToken);
        try
        {
            await using var use = sources.Open(caller.Project, name);
            return new SourceProbe(name, await use.Source.ProbeAsync(either.Token), time.GetElapsedTime(start));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SourceProbe(name, Jobs.JobError.Of(Jobs.ErrorKind.Timeout, $"The source did not answer within {ProbeWithin.TotalSeconds} s."), time.GetElapsedTime(start));
        }
        catch (ProblemException refused)
        {
            return new SourceProbe(name, Jobs.JobError.Of(Jobs.ErrorKind.NotFound, refused.Message), time.GetElapsedTime(start));
        }
    }

    private void Check(SourceRequest request, Caller caller)
    {
        List<FieldError> errors = [];
        if (!Names.IsName(request.Name)) errors.Add(new FieldError("name", $"is '{RequestCheck.Shown(request.Name)}'; {Names.Rule}"));
        var factory = sources.FactoryOf(request.Type);
        if (factory is null) errors.Add(new FieldError("type", $"is '{RequestCheck.Shown(request.Type)}'; known types are {string.Join(", ", sources.Types)}"));
        if (factory is not null && !IsAllowedType(request.Type, caller)) errors.Add(new FieldError("type", $"is '{request.Type}', which is not allowed for project '{caller.Project}'; the server's configuration lists in its allow section which ones are"));
        if (request.Settings.ValueKind != JsonValueKind.Object) errors.Add(new FieldError("settings", $"is {request.Settings.KindInWords}; an object is accepted"));
        else if (request.Settings.GetRawText().Length is var length and > SettingsLengthMax) errors.Add(new FieldError("settings", $"has {length} characters of JSON; at most {SettingsLengthMax} are accepted"));
        CheckOptions(request.Options, errors);
        if (errors.Count == 0) errors.AddRange(SourceReferences.Check(request.Settings, caller.Project, caller.IsInstanceAdmin, rules));
        if (errors.Count == 0 && factory is not null) errors.AddRange(factory.Check(new SourceDefinition(caller.Project, request.Name, request.Type, request.Settings, request.Options) { ByInstanceAdmin = caller.IsInstanceAdmin }));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
    }

    private bool IsAllowedType(string type, Caller caller) =>
        rules is null || rules.Any(rule => rule.IsFor(caller.Project) && (rule.Types.Count == 0 || rule.Types.Contains(type)));

    private static void CheckOptions(SourceOptions source, List<FieldError> errors)
    {
        if (source.Concurrency is < 1 or > 1_000) errors.Add(new FieldError("options.concurrency", $"is {source.Concurrency}; 1 to 1000 is accepted"));
        if (source.StatementTimeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(7))) errors.Add(new FieldError("options.statement_timeout_seconds", $"is {timeout.TotalSeconds}; more than 0 and at most 604800 is accepted"));
        if (source.RowsMax is < 1) errors.Add(new FieldError("options.max_rows", $"is {source.RowsMax}; 1 or more is accepted"));
        if (source.ResultBytesMax is < 1) errors.Add(new FieldError("options.max_result_bytes", $"is {source.ResultBytesMax}; 1 or more is accepted"));
        if (source.CellBytesMax is < 1 or > 64 * 1024 * 1024) errors.Add(new FieldError("options.max_cell_bytes", $"is {source.CellBytesMax}; 1 to {64 * 1024 * 1024} is accepted"));
    }

    private static SourceDocument Document(SourceRequest request, Caller caller) => new()
    {
        Type = request.Type,
        Settings = request.Settings,
        ByInstanceAdmin = caller.IsInstanceAdmin,
        ReadOnly = request.Options.ReadOnly,
        Concurrency = request.Options.Concurrency,
        StatementTimeoutSeconds = request.Options.StatementTimeout?.TotalSeconds,
        RowsMax = request.Options.RowsMax,
        ResultBytesMax = request.Options.ResultBytesMax,
        CellBytesMax = request.Options.CellBytesMax,
    };

    private SourceInfo Find(string name, Caller caller)
    {
        if (!caller.HasSource(name)) throw NotFound(name);
        if (sources.Shared.FirstOrDefault(definition => definition.Name == name) is { } shared) return Info(shared);
        return registry.Get(DocumentKinds.Source, caller.Project, name) is { } document ? Info(document) : throw NotFound(name);
    }

    private int Count(Caller caller) => registry.All(DocumentKinds.Source).Count(document => document.Key.Project == caller.Project);

    /// <summary>Settings are the business of admins; who only submits sees that the source is there.</summary>
    private static SourceInfo Seen(SourceInfo info, Caller caller) =>
        caller.IsInstanceAdmin || (caller.May(Permission.DefineSources) && !info.FromConfiguration) ? info : info with { Definition = info.Definition with { Settings = NoSettings } };

    private static readonly JsonElement NoSettings = JsonDocument.Parse("{}").RootElement.Clone();

    private static SourceInfo Info(SourceDefinition shared) => new(shared, FromConfiguration: true, 0, null);

    private static SourceInfo Info(Document document) => new(SourceCatalog.Read(document), FromConfiguration: false, document.Version, document.UpdatedAt);

    private static ProblemException NotFound(string name) => new(ProblemCodes.NotFound, $"There is no source '{RequestCheck.Shown(name)}' in this project.");
}
