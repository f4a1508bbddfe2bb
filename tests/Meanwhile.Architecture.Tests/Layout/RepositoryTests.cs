using System.Text.RegularExpressions;

namespace Meanwhile.Architecture.Tests.Layout;

/// <summary>What the repository says of itself.</summary>
public sealed partial class RepositoryTests
{
    [Fact]
    public void Every_link_of_a_document_leads_to_a_file()
    {
        var documents = Repository.Files("docs", "*.md").Append(Repository.PathOf("README.md")).Append(Repository.PathOf("CONTRIBUTING.md"));
        var links = documents.SelectMany(document => Links().Matches(File.ReadAllText(document)).Select(link => Path.Combine(Path.GetDirectoryName(document)!, link.Groups[1].Value))).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(link), link));
    }

    [Fact]
    public void Every_decision_is_numbered_and_named_to_whoever_contributes()
    {
        var contributing = File.ReadAllText(Repository.PathOf("CONTRIBUTING.md"));
        var decisions = Repository.Files(Path.Combine("docs", "decisions"), "*.md").Order(StringComparer.Ordinal).ToList();

        Assert.Equal(Enumerable.Range(1, decisions.Count).Select(number => $"{number:0000}"), decisions.Select(path => Path.GetFileName(path)[..4]));
        Assert.All(decisions, path =>
        {
            Assert.StartsWith($"# {Path.GetFileName(path)[..4]}: ", File.ReadAllText(path), StringComparison.Ordinal);
            Assert.Contains($"(docs/decisions/{Path.GetFileName(path)})", contributing, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_pinned_package_is_used()
    {
        var projects = string.Concat(new[] { "src", "tests", "bench", "samples" }.SelectMany(folder => Repository.Files(folder, "*.csproj").Concat(Repository.Files(folder, "*.props"))).Append(Repository.PathOf("Directory.Build.props")).Select(File.ReadAllText));
        var pinned = Pins().Matches(File.ReadAllText(Repository.PathOf("Directory.Packages.props"))).Select(pin => pin.Groups[1].Value).ToList();

        Assert.NotEmpty(pinned);
        Assert.All(pinned, package => Assert.Contains($"<PackageReference Include=\"{package}\"", projects, StringComparison.Ordinal));
    }

    /// <summary>The target of a link within the repository, without its fragment.</summary>
    [GeneratedRegex(@"\]\((?!https?://|#)([^)#\s]+)")]
    private static partial Regex Links();

    [GeneratedRegex("<PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex Pins();
}
