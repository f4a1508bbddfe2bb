using System.Text.Json;
using Meanwhile.Execution;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Tools;

namespace Meanwhile.Access;

/// <summary>The tools: everybody sees them, an instance admin declares those that workers run.</summary>
internal sealed class ToolAdmin(RegistryCache registry, ToolCatalog tools, WorkerPresence workers, AuditTrail audit)
{
    private const int ToolsMax = 1_000;

    /// <summary>Every tool, by name.</summary>
    public async ValueTask<Page<ToolInfo>> ListAsync(string? cursor, int? limit, Caller caller, CancellationToken cancellationToken)
    {
        var living = await workers.LivingAsync(cancellationToken);
        return Paging.Cut(tools.All.Select(tool => Info(tool, living, caller)), info => info.Definition.Descriptor.Name, cursor, limit);
    }

    /// <summary>A tool.</summary>
    public async ValueTask<ToolInfo> GetAsync(string name, Caller caller, CancellationToken cancellationToken) =>
        Info(tools.Find(name) ?? throw NotFound(name), await workers.LivingAsync(cancellationToken), caller);

    /// <summary>Makes or changes a tool that workers run.</summary>
    public async ValueTask<ToolInfo> PutAsync(ToolDefinition tool, Caller caller, CancellationToken cancellationToken)
    {
        var name = tool.Descriptor.Name;
        if (tools.IsOwn(name)) throw new ProblemException(ProblemCodes.Conflict, $"Tool '{RequestCheck.Shown(name)}' is the server's own, or in its configuration file; choose another name, or change it there.");
        var errors = ToolDefinitionCheck.Errors(tool);
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
        if (tool.Kind != ToolKind.Worker) throw SpecMaker.Invalid([new FieldError("type", $"is '{tool.Kind.Word}'; worker is accepted. An endpoint is declared in the server's configuration file, so that nobody can have the server call an address of theirs")]);
        if (tools.Find(name) is null && registry.All(DocumentKinds.Tool).Count() >= ToolsMax) throw new ProblemException(ProblemCodes.TooMany, $"There are {ToolsMax} declared tools, the most there may be.");
        var created = tools.Find(name) is null;
        await registry.PutAsync(new DocumentKey(DocumentKinds.Tool, "", name), JsonSerializer.Serialize(Document(tool), DocumentJson.Default.ToolDocument), null, cancellationToken);
        await audit.RecordAsync(caller, created ? "tool.create" : "tool.change", name, null, cancellationToken);
        return await GetAsync(name, caller, cancellationToken);
    }

    /// <summary>Removes a tool that workers run.</summary>
    public async ValueTask DeleteAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        if (tools.IsOwn(name)) throw new ProblemException(ProblemCodes.Conflict, $"Tool '{RequestCheck.Shown(name)}' is the server's own, or in its configuration file; remove it there.");
        if (!await registry.DeleteAsync(new DocumentKey(DocumentKinds.Tool, "", name), cancellationToken)) throw NotFound(name);
        await audit.RecordAsync(caller, "tool.remove", name, null, cancellationToken);
    }

    private ToolInfo Info(IToolRunner tool, IReadOnlyList<NodeInfo> living, Caller caller)
    {
        var name = tool.Descriptor.Name;
        var document = tools.IsOwn(name) ? null : registry.Get(DocumentKinds.Tool, "", name);
        var definition = new ToolDefinition { Descriptor = tool.Descriptor, Kind = tool.Kind, ParamsSchema = tool.ParamsSchema };
        int? count = tool.Kind == ToolKind.Worker ? living.Count(worker => WorkerPresence.Takes(worker, name, caller.Project)) : null;
        return new ToolInfo(definition, FromConfiguration: document is null, count, document?.Version ?? 0, document?.UpdatedAt);
    }

    private static ToolDocument Document(ToolDefinition tool) => new()
    {
        Description = tool.Descriptor.Description,
        ParamsSchema = tool.ParamsSchema.ValueKind == JsonValueKind.Undefined ? null : tool.ParamsSchema,
        Priority = tool.Descriptor.Priority,
        MaxAttempts = tool.Descriptor.MaxAttempts,
        TimeoutSeconds = tool.Descriptor.Timeout?.TotalSeconds,
        Idempotent = tool.Descriptor.Repeatable,
    };

    private static ProblemException NotFound(string name) => new(ProblemCodes.NotFound, $"There is no tool '{RequestCheck.Shown(name)}'.");
}
