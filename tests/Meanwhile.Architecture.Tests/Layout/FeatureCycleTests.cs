using Meanwhile.Architecture.Tests.Metadata;

namespace Meanwhile.Architecture.Tests.Layout;

public sealed class FeatureCycleTests
{
    [Fact]
    public void The_engines_features_form_no_cycle()
    {
        using var engine = ProductAssembly.Open("Meanwhile.Engine");
        var uses = new TypeUses(engine).All()
            .Select(pair => (User: engine.FullNameOf(pair.User), Used: engine.FullNameOf(pair.Used)))
            .Where(pair => FeatureOf(pair.User) is { } user && FeatureOf(pair.Used) is { } used && user != used)
            .Distinct()
            .ToLookup(pair => FeatureOf(pair.User)!);

        var cycles = Cycles(uses.ToDictionary(group => group.Key, group => group.Select(pair => FeatureOf(pair.Used)!).ToHashSet()));

        Assert.True(cycles.Count == 0, string.Join("\n", cycles.Select(cycle => Describe(cycle, uses))));
    }

    [Fact]
    public void A_cycle_is_seen()
    {
        Dictionary<string, HashSet<string>> edges = new() { ["A"] = ["B"], ["B"] = ["C"], ["C"] = ["B"], ["D"] = ["A"] };

        Assert.Equal([["B", "C"]], Cycles(edges));
    }

    [Fact]
    public void Uses_in_signatures_and_in_bodies_are_seen()
    {
        using var tests = ProductAssembly.Open("Meanwhile.Architecture.Tests");
        var used = new TypeUses(tests).All().Where(pair => tests.FullNameOf(pair.User) == typeof(FeatureCycleTests).FullName).Select(pair => tests.FullNameOf(pair.Used)).ToHashSet();

        Assert.Contains(typeof(ProductAssembly).FullName!, used);
        Assert.Contains(typeof(TypeUses).FullName!, used);
        Assert.DoesNotContain("Meanwhile.Architecture.Tests.Proof.ProofTests", used);
    }

    /// <summary>Meanwhile.Jobs of Meanwhile.Jobs.Submitter; null for what the compiler made beside our code.</summary>
    private static string? FeatureOf(string type)
    {
        var space = type[..type.LastIndexOf('.')];
        return space.StartsWith("Meanwhile.", StringComparison.Ordinal) ? string.Join('.', space.Split('.').Take(2)) : null;
    }

    /// <summary>The sets of features that reach each other, each in order.</summary>
    private static List<string[]> Cycles(Dictionary<string, HashSet<string>> edges)
    {
        var reach = edges.Keys.ToDictionary(feature => feature, feature => Reach(edges, feature));
        return [.. reach.Keys
            .Where(feature => reach[feature].Contains(feature))
            .Select(feature => reach[feature].Where(other => reach.TryGetValue(other, out var back) && back.Contains(feature)).Order(StringComparer.Ordinal).ToArray())
            .DistinctBy(cycle => string.Join(' ', cycle))];
    }

    private static HashSet<string> Reach(Dictionary<string, HashSet<string>> edges, string from)
    {
        HashSet<string> reached = [];
        var next = new Stack<string>(edges[from]);
        while (next.TryPop(out var feature))
        {
            if (!reached.Add(feature) || !edges.TryGetValue(feature, out var further)) continue;
            foreach (var one in further) next.Push(one);
        }

        return reached;
    }

    private static string Describe(string[] cycle, ILookup<string, (string User, string Used)> uses) =>
        $"{string.Join(", ", cycle)} use each other: " + string.Join("; ", cycle.SelectMany(feature => uses[feature].Where(pair => cycle.Contains(FeatureOf(pair.Used)))).Select(pair => $"{pair.User} -> {pair.Used}"));
}
