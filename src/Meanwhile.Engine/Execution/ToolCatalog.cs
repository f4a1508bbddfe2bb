using System.Collections.Frozen;
using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>Every tool by name: those of this server, and those that were declared through the API for workers.</summary>
/// <remarks>Of two with one name the server's own counts. Safe for concurrent use.</remarks>
internal sealed class ToolCatalog
{
    private readonly RegistryCache _registry;
    private readonly Dictionary<string, IToolRunner> _own = [];
    private volatile Known? _known;

    private sealed record Known(long Changes, FrozenDictionary<string, IToolRunner> ByName);

    /// <exception cref="ProblemException">A descriptor is out of its ranges, or two tools have one name.</exception>
    public ToolCatalog(IEnumerable<IToolRunner> own, RegistryCache registry)
    {
        _registry = registry;
        List<FieldError> errors = [];
        foreach (var tool in own)
        {
            errors.AddRange(ToolDefinitionCheck.Errors(tool.Descriptor).Select(error => error.Field == "name" ? error : error with { Field = $"{tool.Descriptor.Name}.{error.Field}" }));
            if (!_own.TryAdd(tool.Descriptor.Name, tool)) errors.Add(new FieldError(tool.Descriptor.Name, "is the name of two tools; each needs its own"));
        }

        if (errors.Count > 0) throw new ProblemException(new Problem { Code = ProblemCodes.InvalidRequest, Detail = "Tools can't be registered: " + FieldErrors.Detail(errors), Errors = errors });
        Served = _own.Values.Where(tool => tool.Kind != ToolKind.Worker).Select(tool => tool.Descriptor.Name).ToHashSet();
        Limited = [.. _own.Values.Select(tool => tool.Descriptor).Where(tool => tool.Concurrency is not null)];
    }

    /// <summary>The names of those whose jobs this node runs itself.</summary>
    public IReadOnlySet<string> Served { get; }

    /// <summary>The tools that limit how many of their jobs run on one node.</summary>
    public IReadOnlyList<ToolDescriptor> Limited { get; }

    /// <summary>Every tool, in no order.</summary>
    public IReadOnlyCollection<IToolRunner> All => Current.Values;

    /// <summary>The names of all, in order, for messages.</summary>
    public string NamesInWords => string.Join(", ", Current.Keys.Order(StringComparer.Ordinal));

    /// <summary>The tool of a name; null when there is none.</summary>
    public IToolRunner? Find(string name) => Current.GetValueOrDefault(name);

    /// <summary>Whether a name is taken by the server itself, so that the API can't declare it.</summary>
    public bool IsOwn(string name) => _own.ContainsKey(name);

    /// <summary>What a document declares.</summary>
    public static ToolDefinition Read(Document document)
    {
        var tool = JsonSerializer.Deserialize(document.Json, DocumentJson.Default.ToolDocument)!;
        var descriptor = new ToolDescriptor
        {
            Name = document.Key.Name,
            Description = tool.Description,
            Priority = tool.Priority,
            MaxAttempts = tool.MaxAttempts,
            Timeout = tool.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Repeatable = tool.Idempotent,
        };
        return new ToolDefinition { Descriptor = descriptor, ParamsSchema = tool.ParamsSchema ?? default };
    }

    private FrozenDictionary<string, IToolRunner> Current
    {
        get
        {
            var changes = _registry.Changes;
            if (_known is { } known && known.Changes == changes) return known.ByName;
            var all = new Dictionary<string, IToolRunner>(_own);
            foreach (var document in _registry.All(DocumentKinds.Tool)) all.TryAdd(document.Key.Name, new WorkerTool(Read(document)));
            _known = new Known(changes, all.ToFrozenDictionary());
            return _known.ByName;
        }
    }
}
