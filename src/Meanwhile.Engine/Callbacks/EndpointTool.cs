using System.Text.Json;
using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Tools;

namespace Meanwhile.Callbacks;

/// <summary>What the tools that call endpoints share.</summary>
internal sealed record EndpointServices(
    IEndpointCaller Caller, CallbackTokens Tokens, CallbackAddress Address, IJobStore Store, IJobReader Reader, StorePatience Patience, JobChanges Changes, ShortIds ShortIds, TimeProvider Time);

/// <summary>A tool whose work an HTTP endpoint does: it is called, and answers at once or later.</summary>
internal sealed class EndpointTool(ToolDefinition definition, EndpointServices services) : IToolRunner
{
    /// <inheritdoc/>
    public ToolDescriptor Descriptor => definition.Descriptor;

    /// <inheritdoc/>
    public ToolKind Kind => ToolKind.Http;

    /// <inheritdoc/>
    public JsonElement ParamsSchema => definition.ParamsSchema;

    /// <inheritdoc/>
    public string? StatementField => null;

    /// <inheritdoc/>
    public bool NeedsSource => false;

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Check(JsonElement parameters, SourceDefinition? source) => Tools.ParamsSchema.Errors(definition.ParamsSchema, parameters, Descriptor.Name);

    /// <inheritdoc/>
    public IWork Start(Attempt attempt) => new EndpointRun(attempt, definition, services).Start();
}
