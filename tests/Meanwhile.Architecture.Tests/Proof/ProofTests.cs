using System.Text.RegularExpressions;
using Meanwhile.Architecture.Tests.Layout;

namespace Meanwhile.Architecture.Tests.Proof;

public sealed partial class ProofTests
{
    [Fact]
    public void The_proof_names_only_tests_that_exist()
    {
        var tests = TestNames.OfRepository();
        var named = Names().Matches(File.ReadAllText(Repository.PathOf("docs", "proof.md"))).Select(match => (Type: match.Groups[1].Value, Method: match.Groups[2].Value)).ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Where(name => !tests.Exists(name.Type, name.Method)).Select(name => $"{name.Type}.{name.Method}"));
    }

    [Fact]
    public void Every_claim_has_a_test()
    {
        var rows = File.ReadAllLines(Repository.PathOf("docs", "proof.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.EndsWith("| test |", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            var cells = row.Split(" | ");
            Assert.True(cells.Length == 2, row);
            Assert.True(Names().IsMatch(cells[1]), row);
            Assert.NotEmpty(cells[0].Trim('|', ' '));
        });
    }

    [Fact]
    public void Tests_are_found_with_those_that_they_inherit()
    {
        var tests = new TestNames(["public abstract class Base<T>(int x) : Other\n{\n    [Fact]\n    public async Task It_works()\n    {\n    }\n}\n", "internal sealed class Derived : Base<int>\n{\n    [Theory]\n    [InlineData(1)]\n    public void It_counts(int n)\n}\n"]);

        Assert.True(tests.Exists("Derived", "It_works"));
        Assert.True(tests.Exists("Derived", "It_counts"));
        Assert.False(tests.Exists("Base", "It_counts"));
    }

    /// <summary>`Class.Method` in backticks, where the method's name is a sentence.</summary>
    [GeneratedRegex(@"`(\w+)\.(\w+_\w+)`")]
    private static partial Regex Names();
}
