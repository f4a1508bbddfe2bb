using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Registry;

/// <summary>Knows every source by project and name, and makes those that work needs.</summary>
/// <remarks>A changed definition makes a new source; the old one is disposed when its last statement has ended. Safe for concurrent use.</remarks>
internal sealed class SourceCatalog : IAsyncDisposable
{
    private readonly RegistryCache _registry;
    private readonly Dictionary<string, ISourceFactory> _factories;
    private readonly Dictionary<string, SourceDefinition> _shared;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Project, string Name), Made> _made = [];

    private sealed class Made(IHostedSource source, long version)
    {
        public IHostedSource Source { get; } = source;

        public long Version { get; } = version;

        public int Users { get; set; }

        public bool IsOld { get; set; }
    }

    public SourceCatalog(RegistryCache registry, IEnumerable<ISourceFactory> factories, IEnumerable<SourceDefinition> shared)
    {
        _registry = registry;
        _factories = factories.ToDictionary(factory => factory.Type);
        _shared = [];
        foreach (var definition in shared)
        {
            if (!_shared.TryAdd(definition.Name, definition)) throw new ProblemException(ProblemCodes.InvalidRequest, $"The configuration defines source '{definition.Name}' twice.");
        }

        SharedNames = _shared.Keys.ToHashSet();
    }

    /// <summary>A source in use; disposing ends the use.</summary>
    public sealed class Use(IHostedSource source, SourceDefinition definition, Func<ValueTask> release) : IAsyncDisposable
    {
        /// <summary>The source.</summary>
        public IHostedSource Source { get; } = source;

        /// <summary>What defines it, with references unresolved.</summary>
        public SourceDefinition Definition { get; } = definition;

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => release();
    }

    /// <summary>The names of the sources that every project shares.</summary>
    public IReadOnlySet<string> SharedNames { get; }

    /// <summary>The shared sources' definitions.</summary>
    public IEnumerable<SourceDefinition> Shared => _shared.Values;

    /// <summary>The kinds that this server knows.</summary>
    public IEnumerable<string> Types => _factories.Keys.Order();

    /// <summary>The factory of a kind; null when it is not known.</summary>
    public ISourceFactory? FactoryOf(string type) => _factories.GetValueOrDefault(type);

    /// <summary>The definition that a project means by a name; null when there is none.</summary>
    public SourceDefinition? Find(string project, string name) =>
        FindVersion(project, name)?.Definition;

    /// <summary>Every source's own concurrency, by limit key.</summary>
    public IEnumerable<(string Key, int Max)> Limits() =>
        _shared.Values.Concat(_registry.All(DocumentKinds.Source).Select(Read))
            .Where(definition => definition.Options.Concurrency is not null)
            .Select(definition => (Claims.LimitKeys.OfSource(definition.Project, definition.Name, definition.Project.Length == 0), definition.Options.Concurrency!.Value));

    /// <summary>The source for a statement.</summary>
    /// <exception cref="ProblemException">There is none, or its settings refer to nothing.</exception>
    public Use Open(string project, string name)
    {
        var (definition, version) = FindVersion(project, name) ?? throw new ProblemException(ProblemCodes.NotFound, $"There is no source '{name}' in project '{project}'.");
        lock (_gate)
        {
            var key = (definition.Project, name);
            _made.TryGetValue(key, out var known);
            var made = known is not null && known.Version >= version ? known : _made[key] = new Made(Make(definition), version);
            made.Users++;
            if (known is null || known == made) return new Use(made.Source, definition, () => ReleaseAsync(made));

            known.IsOld = true;
            known.Users++; // so that it is not disposed under the lock, but as this use ends, or later if it still has others
            return new Use(made.Source, definition, async () =>
            {
                await ReleaseAsync(made);
                await ReleaseAsync(known);
            });
        }
    }

    /// <summary>A definition with its version, read at once so that they belong together.</summary>
    private (SourceDefinition Definition, long Version)? FindVersion(string project, string name) =>
        _shared.TryGetValue(name, out var shared) ? (shared, 0)
        : _registry.Get(DocumentKinds.Source, project, name) is { } document ? (Read(document), document.Version)
        : null;

    /// <summary>A source made for one look, apart from the ones in use.</summary>
    /// <exception cref="ProblemException">Its kind is not known here, or its settings refer to nothing.</exception>
    public IHostedSource Make(SourceDefinition definition)
    {
        var factory = FactoryOf(definition.Type)
            ?? throw new ProblemException(ProblemCodes.NotSupported, $"Source '{definition.Name}' is of type '{definition.Type}', which this server does not know; known types are {string.Join(", ", Types)}.");
        return factory.Create(definition with { Settings = SourceReferences.Resolve(definition.Settings) });
    }

    /// <summary>What a document defines.</summary>
    public static SourceDefinition Read(Document document)
    {
        var source = JsonSerializer.Deserialize(document.Json, DocumentJson.Default.SourceDocument)!;
        var options = new SourceOptions
        {
            ReadOnly = source.ReadOnly,
            Concurrency = source.Concurrency,
            StatementTimeout = source.StatementTimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            RowsMax = source.RowsMax,
            ResultBytesMax = source.ResultBytesMax,
        };
        if (source.CellBytesMax is { } cellBytesMax) options = options with { CellBytesMax = cellBytesMax };
        return new SourceDefinition(document.Key.Project, document.Key.Name, source.Type, source.Settings, options) { ByInstanceAdmin = source.ByInstanceAdmin };
    }

    private ValueTask ReleaseAsync(Made made)
    {
        lock (_gate)
        {
            made.Users--;
            if (!made.IsOld || made.Users > 0) return ValueTask.CompletedTask;
        }

        return made.Source.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var made in _made.Values) await made.Source.DisposeAsync();
        _made.Clear();
    }
}
