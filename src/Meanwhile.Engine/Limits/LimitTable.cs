using System.Text.Json;
using Meanwhile.Registry;

namespace Meanwhile.Limits;

/// <summary>The finite limits and the projects' weights, as the registry and the sources have them now.</summary>
/// <remarks>Made anew only when the registry has changed. Safe for concurrent use.</remarks>
internal sealed class LimitTable(RegistryCache registry, SourceCatalog sources)
{
    private volatile Snapshot? _current;

    /// <summary>Limits by key and weights by project, of one moment.</summary>
    public sealed record Snapshot(long Changes, IReadOnlyDictionary<string, int> Limits, IReadOnlyDictionary<string, double> Weights);

    /// <summary>The limits as they are now.</summary>
    public Snapshot Current
    {
        get
        {
            var changes = registry.Changes;
            return _current is { } known && known.Changes == changes ? known : _current = Make(changes);
        }
    }

    private Snapshot Make(long changes)
    {
        Dictionary<string, int> limits = [];
        foreach (var (key, max) in sources.Limits()) limits[key] = max;
        foreach (var document in registry.All(DocumentKinds.Limit)) // a limit that somebody set goes over what the source says
            limits[document.Key.Name] = JsonSerializer.Deserialize(document.Json, DocumentJson.Default.LimitDocument)!.Max;

        Dictionary<string, double> weights = [];
        foreach (var document in registry.All(DocumentKinds.Project))
            weights[document.Key.Name] = JsonSerializer.Deserialize(document.Json, DocumentJson.Default.ProjectDocument)!.Weight;

        return new Snapshot(changes, limits, weights);
    }
}
