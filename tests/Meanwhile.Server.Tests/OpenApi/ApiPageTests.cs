using System.Text.RegularExpressions;
using Meanwhile.Problems;
using Meanwhile.Server.Operations;

namespace Meanwhile.Server.Tests.OpenApi;

/// <summary>docs/api.md keeps up with what can be asked for.</summary>
public sealed partial class ApiPageTests
{
    private static readonly string Page = File.ReadAllText(FindPage());

    [Fact]
    public void Every_operation_has_its_row()
    {
        var rows = Rows().Matches(Page).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}").ToList();

        Assert.Equal(OperationTable.All.Select(operation => $"{operation.Method} {operation.Pattern.Replace("**", "", StringComparison.Ordinal)}").Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_of_a_problem_is_listed()
    {
        var codes = typeof(ProblemCodes).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.Contains($"`{code}`", Page, StringComparison.Ordinal));
    }

    private static string FindPage()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Meanwhile.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Meanwhile.slnx is in no parent folder.");
        return Path.Combine(folder, "docs", "api.md");
    }

    /// <summary>`GET /path` at the start of a table's row.</summary>
    [GeneratedRegex(@"(?m)^\| `(GET|POST|PUT|DELETE) ([^`]+)` \|")]
    private static partial Regex Rows();
}
