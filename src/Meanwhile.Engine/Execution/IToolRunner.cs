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

/// <summary>Every tool by name.</summary>
internal sealed class ToolCatalog(IEnumerable<IToolRunner> tools)
{
    private readonly Dictionary<string, IToolRunner> _tools = tools.ToDictionary(tool => tool.Descriptor.Name);
    private HashSet<string>? _names;
    private ToolDescriptor[]? _limited;

    /// <summary>The names.</summary>
    public IReadOnlySet<string> Names => _names ??= _tools.Keys.ToHashSet();

    /// <summary>The tools that limit how many of their jobs run on one node.</summary>
    public IReadOnlyList<ToolDescriptor> Limited => _limited ??= [.. _tools.Values.Select(tool => tool.Descriptor).Where(tool => tool.Concurrency is not null)];

    /// <summary>All tools.</summary>
    public IReadOnlyCollection<IToolRunner> All => _tools.Values;

    /// <summary>The tool of a name; null when there is none.</summary>
    public IToolRunner? Find(string name) => _tools.GetValueOrDefault(name);
}
