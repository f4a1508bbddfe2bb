using System.CommandLine;
using System.Text.RegularExpressions;
using Meanwhile.Cli.Audit;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Doctor;
using Meanwhile.Cli.Jobs;
using Meanwhile.Cli.Keys;
using Meanwhile.Cli.Limits;
using Meanwhile.Cli.Nodes;
using Meanwhile.Cli.Projects;
using Meanwhile.Cli.Queries;
using Meanwhile.Cli.Quotas;
using Meanwhile.Cli.Results;
using Meanwhile.Cli.Serve;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Sources;
using Meanwhile.Cli.Stats;
using Meanwhile.Cli.Stores;
using Meanwhile.Cli.Tools;

namespace Meanwhile.Cli;

/// <summary>Everything that <c>meanwhile</c> can do.</summary>
internal static partial class CommandTree
{
    /// <summary>The commands, in the order of the help.</summary>
    public static RootCommand Create(Shell shell)
    {
        var root = new RootCommand($"Runs long queries and jobs meanwhile.\n\n{ExitCode.Help}");
        Command[] commands =
        [
            ServeCommand.Create(shell),
            QueryCommand.Create(shell),
            .. JobCommands.All(shell),
            ResultCommand.Create(shell),
            .. ListCommands.All(shell),
            SourceCommands.Create(shell),
            KeyCommands.Create(shell),
            ProjectCommands.Create(shell),
            LimitCommands.Create(shell),
            ToolCommands.Create(shell),
            QuotaCommands.Create(shell),
            AuditCommand.Create(shell),
            .. StatsCommand.All(shell),
            NodeCommands.Create(shell),
            StoreCommands.Create(shell),
            .. LoginCommands.All(shell),
            DoctorCommand.Create(shell),
        ];
        foreach (var command in commands) root.Add(command);
        RefuseOddArguments(root);
        return root;
    }

    /// <summary>No id, name or statement is empty: an unset variable of a script must not become another address. And none looks like an option, which a misspelled one would.</summary>
    private static void RefuseOddArguments(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(given =>
            {
                if (given.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))) given.AddError($"The argument <{argument.Name}> is empty.");
                foreach (var token in given.Tokens.Where(token => LooksLikeOption.IsMatch(token.Value))) given.AddError($"'{token.Value}' is no option of this command.");
            });
        }

        foreach (var inner in command.Subcommands) RefuseOddArguments(inner);
    }

    /// <summary>The command that was meant, as one types it.</summary>
    public static string PathOf(ParseResult parsed)
    {
        List<string> names = [];
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, command.Command is RootCommand ? "meanwhile" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    [GeneratedRegex("^--[a-z]+(-[a-z]+)*(=.*)?$")]
    private static partial Regex LooksLikeOption { get; }
}
