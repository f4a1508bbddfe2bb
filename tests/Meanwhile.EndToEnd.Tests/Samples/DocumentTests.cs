using System.CommandLine;
using System.Text.RegularExpressions;
using Meanwhile.Cli;
using Meanwhile.Cli.Shells;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Samples;

/// <summary>The documentation keeps up with what there is.</summary>
public sealed partial class DocumentTests
{
    private static readonly RootCommand Root = CommandTree.Create(Shell.OfProcess());

    [Fact]
    public void Every_command_and_subcommand_is_in_the_command_lines_page()
    {
        var page = File.ReadAllText(Tree.PathOf("docs/cli.md"));
        var subcommands = Groups().Matches(page).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Split("\\|").ToHashSet());

        Assert.Empty(Root.Subcommands.Where(command => !Regex.IsMatch(page, $"[`,] ?{command.Name}[` ]")).Select(command => command.Name));
        Assert.All(Root.Subcommands.Where(command => command.Subcommands.Count == 1), group => Assert.Contains($"| `{group.Name} {group.Subcommands.Single().Name}", page, StringComparison.Ordinal));
        foreach (var group in Root.Subcommands.Where(command => command.Subcommands.Count > 1))
        {
            Assert.Equal(group.Subcommands.Select(command => command.Name).Order(), subcommands[group.Name].Order());
        }
    }

    [Fact]
    public void Every_option_of_a_submission_and_of_a_list_is_in_the_command_lines_page()
    {
        var page = File.ReadAllText(Tree.PathOf("docs/cli.md"));
        var options = Root.Subcommands.Where(command => command.Name is "query" or "submit" or "list").SelectMany(command => command.Options).Select(option => option.Name).Where(name => name.StartsWith("--", StringComparison.Ordinal)).Distinct();

        Assert.All(options, name => Assert.Matches($"{name}\\b(?!-)", page));
    }

    [Fact]
    public void Every_exit_code_is_in_the_command_lines_page()
    {
        var page = File.ReadAllText(Tree.PathOf("docs/cli.md"));
        var codes = typeof(ExitCode).GetFields().Where(field => field.IsLiteral && field.FieldType == typeof(int)).Select(field => (int)field.GetRawConstantValue()!);

        Assert.All(codes, code => Assert.Contains($"\n| {code} | ", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_field_of_the_configuration_file_is_in_the_operations_page()
    {
        var page = File.ReadAllText(Tree.PathOf("docs/operations.md"));
        var root = Cli.Configuration.ConfigurationJson.Default.ServerConfiguration;
        var fields = root.Properties.SelectMany(field => field.Name switch
        {
            "limits" => Cli.Configuration.ConfigurationJson.Default.LimitSection.Properties.Select(limit => $"limits.{limit.Name}"),
            "defaults" => Cli.Configuration.ConfigurationJson.Default.DefaultSection.Properties.Select(value => $"defaults.{value.Name}"),
            "allow" => Cli.Configuration.ConfigurationJson.Default.AllowRule.Properties.Select(rule => $"allow[].{rule.Name}"),
            var name => [name],
        });

        Assert.All(fields, name => Assert.Contains($"\n| `{name}` |", page, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"`(\w+) ((?:\w+\\\|)+\w+)`")]
    private static partial Regex Groups();
}
