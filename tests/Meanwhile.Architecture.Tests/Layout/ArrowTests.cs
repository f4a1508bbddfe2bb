using Meanwhile.Architecture.Tests.Metadata;

namespace Meanwhile.Architecture.Tests.Layout;

public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Meanwhile.Abstractions"] = [],
        ["Meanwhile.Contracts"] = [],
        ["Meanwhile.Engine"] = ["Meanwhile.Abstractions"],
        ["Meanwhile.Postgres"] = ["Meanwhile.Abstractions"],
        ["Meanwhile.Sqlite"] = ["Meanwhile.Abstractions"],
        ["Meanwhile.Testing"] = ["Meanwhile.Abstractions"],
        ["Meanwhile.Client"] = ["Meanwhile.Abstractions", "Meanwhile.Contracts"],
        ["Meanwhile.Server"] = ["Meanwhile.Abstractions", "Meanwhile.Contracts", "Meanwhile.Engine"],
        ["meanwhile"] = ["Meanwhile.Abstractions", "Meanwhile.Client", "Meanwhile.Contracts", "Meanwhile.Engine", "Meanwhile.Postgres", "Meanwhile.Server", "Meanwhile.Sqlite"],
    };

    public static TheoryData<string> Assemblies => [.. Arrows.Keys];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Each_project_refers_only_to_those_it_may(string name)
    {
        using var assembly = ProductAssembly.Open(name);
        var ours = assembly.References.Where(reference => reference.StartsWith("Meanwhile", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(ours.Except(Arrows[name]));
    }

    [Fact]
    public void Every_project_of_the_product_has_its_arrows_listed()
    {
        var projects = Repository.Files("src", "*.csproj").Select(Path.GetFileNameWithoutExtension).Select(name => name == "Meanwhile.Cli" ? "meanwhile" : name!);
        Assert.Equal(projects.Order(StringComparer.Ordinal), Arrows.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_engine_refers_to_nothing_but_the_abstractions_and_the_platforms_own()
    {
        using var engine = ProductAssembly.Open("Meanwhile.Engine");
        var foreign = engine.References.Where(name => name is not "Meanwhile.Abstractions" && !IsPlatform(name) && !IsExtensionAbstraction(name));
        Assert.Empty(foreign);
    }

    private static bool IsPlatform(string name) => name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "Microsoft.Win32.Primitives";

    private static bool IsExtensionAbstraction(string name) =>
        name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && (name.EndsWith(".Abstractions", StringComparison.Ordinal) || name.EndsWith(".Options", StringComparison.Ordinal));
}
