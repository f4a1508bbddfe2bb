using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Serve;
using Meanwhile.Cli.Shells;
using Meanwhile.Hosting;
using Meanwhile.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Cli.Keys;

/// <summary>keys reset: the way back in for an owner who has lost the admin key. Whoever can write the data directory may have one.</summary>
internal static class KeyResetCommand
{
    private static readonly Option<string> Data = new("--data") { Description = "The data directory of a server that is stopped", Required = true, HelpName = "DIR" };
    private static readonly Option<string?> KeyFile = new("--admin-key-file") { Description = "Write the key there (mode 0600) instead of printing it", HelpName = "FILE" };
    private static readonly Option<string> Project = new("--project") { Description = "The key's own project", DefaultValueFactory = _ => "default", HelpName = "NAME" };

    public static Command Create(Shell shell) => new Command("reset", "Make a new admin key on the data directory of a stopped server").With(Data, KeyFile, Project)
        .Does(shell, (parse, cancellationToken) => RunAsync(shell, parse, cancellationToken));

    private static async Task<int> RunAsync(Shell shell, ParseResult parse, CancellationToken cancellationToken)
    {
        var data = Path.GetFullPath(parse.GetRequiredValue(Data));
        var file = parse.GetValue(KeyFile);
        if (!File.Exists(Path.Combine(data, "meanwhile.db"))) throw new UsageException($"{data} holds no store.", "Name the data directory of the server with --data.", ExitCode.NotFound);
        if (File.Exists(file)) throw new UsageException($"{file} is there already.", "Name a file that is not there, or move this one away.", ExitCode.Conflict);

        await using var services = Services(data, file, parse.GetValue(Project)!);
        try
        {
            var token = await services.GetRequiredService<MeanwhileHost>().ResetAdminKeyAsync(cancellationToken);
            shell.Out.WriteLine(token ?? $"Wrote the new admin key to {file}.");
            shell.Error.WriteLine("The keys that were there still work: 'meanwhile keys revoke' ends one.");
            return ExitCode.Ok;
        }
        catch (StoreUnusableException unusable)
        {
            throw new UsageException(unusable.Message, exitCode: ExitCode.Conflict);
        }
    }

    private static ServiceProvider Services(string data, string? file, string project) => new ServiceCollection()
        .AddMeanwhile(engine => engine.UseSqlite(data).Configure(options => (options.AdminKeyFile, options.FirstProject) = (file, project)))
        .BuildServiceProvider();
}
