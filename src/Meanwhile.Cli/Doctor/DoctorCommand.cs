using System.CommandLine;
using System.Text.Json.Nodes;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Serve;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Doctor;

/// <summary>Looks at what a server and its client need, and says what to do where something is missing.</summary>
internal static class DoctorCommand
{
    private static readonly Option<FileInfo?> Config = new("--config") { Description = "Check this configuration file too", HelpName = "FILE" };
    private static readonly Option<DirectoryInfo?> Data = new("--data") { Description = "Check this data directory too", HelpName = "DIR" };

    private static readonly Option<string?> Store = SharedStore.Only;

    public static Command Create(Shell shell)
    {
        var command = new Command("doctor", "Check configuration, store, sources, disk and clock, and say what to do").With(Config, Data, Store);
        ConnectionOptions.Shared.AddTo(command);
        return command.Does(shell, (parse, cancellationToken) => RunAsync(shell, parse, cancellationToken));
    }

    private static async Task<int> RunAsync(Shell shell, ParseResult parse, CancellationToken cancellationToken)
    {
        List<Finding> findings =
        [
            .. LocalChecks.Configuration(parse.GetValue(Config)),
            .. LocalChecks.Data(parse.GetValue(Data)),
            .. await StoreChecks.RunAsync(SharedStore.ReadOnly(parse, shell), cancellationToken),
            .. LocalChecks.Login(shell),
            .. await ServerChecks.RunAsync(shell, parse, cancellationToken),
        ];
        if (ConnectionOptions.Shared.Json(parse)) shell.Out.WriteLine(new JsonObject { ["findings"] = new JsonArray([.. findings.Select(finding => finding.ToJson())]) }.ToJsonString());
        else Write(shell, findings);
        return findings.Any(finding => finding.Verdict == Verdict.Bad) ? ExitCode.JobFailed : ExitCode.Ok;
    }

    private static void Write(Shell shell, List<Finding> findings)
    {
        var width = findings.Max(finding => finding.Subject.Length);
        foreach (var finding in findings)
        {
            shell.Out.WriteLine($"{finding.Word,-7}  {finding.Subject.PadRight(width)}  {Printable.Of(finding.Detail)}");
            if (finding.Hint is { } hint) shell.Out.WriteLine($"{"",-7}  {"".PadRight(width)}  -> {Printable.Of(hint)}");
        }
    }
}
