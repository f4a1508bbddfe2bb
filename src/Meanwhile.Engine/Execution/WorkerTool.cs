using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>A tool whose jobs workers claim: here they are only checked.</summary>
internal sealed class WorkerTool(ToolDefinition definition) : IToolRunner
{
    /// <inheritdoc/>
    public ToolDescriptor Descriptor => definition.Descriptor;

    /// <inheritdoc/>
    public ToolKind Kind => ToolKind.Worker;

    /// <inheritdoc/>
    public JsonElement ParamsSchema => definition.ParamsSchema;

    /// <inheritdoc/>
    public string? StatementField => null;

    /// <inheritdoc/>
    public bool NeedsSource => false;

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Check(JsonElement parameters, SourceDefinition? source) => Tools.ParamsSchema.Errors(definition.ParamsSchema, parameters, Descriptor.Name);

    /// <inheritdoc/>
    public IWork Start(Attempt attempt) => throw new InvalidOperationException($"Tool '{Descriptor.Name}' is run by workers.");
}
