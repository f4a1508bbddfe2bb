using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>A tool as the engine runs it: the one execution path for queries and for what applications register.</summary>
internal interface IToolRunner
{
    /// <summary>What the engine must know.</summary>
    ToolDescriptor Descriptor { get; }

    /// <summary>Who runs its jobs.</summary>
    ToolKind Kind => ToolKind.Application;

    /// <summary>The JSON Schema of its params; undefined when there is none to show.</summary>
    JsonElement ParamsSchema => default;

    /// <summary>The field of the params that holds a statement, kept apart because equal texts are stored once; null = none.</summary>
    string? StatementField { get; }

    /// <summary>Whether jobs of this tool name a source.</summary>
    bool NeedsSource { get; }

    /// <summary>Checks parameters without running anything.</summary>
    /// <param name="parameters">An object.</param>
    /// <param name="source">The source that it names; null for tools that use none.</param>
    /// <returns>A problem a field; empty when all is well.</returns>
    IReadOnlyList<FieldError> Check(JsonElement parameters, SourceDefinition? source);

    /// <summary>Starts the work; whatever goes wrong is an outcome.</summary>
    IWork Start(Attempt attempt);
}
