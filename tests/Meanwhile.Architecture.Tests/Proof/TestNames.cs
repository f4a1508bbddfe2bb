using System.Text.RegularExpressions;
using Meanwhile.Architecture.Tests.Layout;

namespace Meanwhile.Architecture.Tests.Proof;

/// <summary>The tests that the sources define, inherited ones included.</summary>
internal sealed partial class TestNames
{
    private readonly Dictionary<string, HashSet<string>> _methods = [];
    private readonly Dictionary<string, HashSet<string>> _bases = [];

    public TestNames(IEnumerable<string> sources)
    {
        foreach (var source in sources) Read(source);
    }

    public static TestNames OfRepository() =>
        new(Repository.Files("tests", "*.cs").Concat(Repository.Files(Path.Combine("src", "Meanwhile.Testing"), "*.cs")).Select(File.ReadAllText));

    /// <summary>Whether a class, or one that it inherits from, has the test.</summary>
    public bool Exists(string type, string method) =>
        (_methods.TryGetValue(type, out var methods) && methods.Contains(method)) || (_bases.TryGetValue(type, out var bases) && bases.Any(other => Exists(other, method)));

    private void Read(string source)
    {
        var type = "";
        foreach (Match match in Declarations().Matches(source))
        {
            if (match.Groups["test"].Success)
            {
                Set(_methods, type).Add(match.Groups["test"].Value);
                continue;
            }

            type = match.Groups["type"].Value;
            foreach (Match one in Identifiers().Matches(match.Groups["bases"].Value)) Set(_bases, type).Add(one.Value);
        }
    }

    private static HashSet<string> Set(Dictionary<string, HashSet<string>> sets, string key)
    {
        if (!sets.TryGetValue(key, out var set)) sets[key] = set = [];
        return set;
    }

    /// <summary>A class with its bases, or a method under a test's attribute.</summary>
    [GeneratedRegex(@"^\s*(?:public|internal)[\w ]*\bclass (?<type>\w+)(?:\([^{]*?\))?(?:\s*:\s*(?<bases>[^{;]+))?|\[(?:Fact|Theory)\b[^\]]*\](?:\s*\[[^\n]*)*\s*public [\w<>, ]*?\b(?<test>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Identifiers();
}
