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
    private static readonly Option<string?> Data = new("--data") { Description = "The data directory of a server that is stopped", HelpName = "DIR" };
    private static readonly Option<string?> KeyFile = new("--admin-key-file") { Description = "Write the key there (mode 0600) instead of printing it", HelpName = "FILE" };
    private static readonly Option<string> Project = new("--project") { Description = "The key's own project", DefaultValueFactory = _ => "default", HelpName = "NAME" };

    public static Command Create(Shell shell) => new Command("reset", "Make a new admin key on the data directory of a stopped server, or on a PostgreSQL store").With(Data, SharedStore.Only, KeyFile, Project)
        .Does(shell, (parse, cancellationToken) => RunAsync(shell, parse, cancellationToken));

    private static async Task<int> RunAsync(Shell shell, ParseResult parse, CancellationToken cancellationToken)
    {
        var store = SharedStore.ReadOnly(parse, shell);
        var data = parse.GetValue(Data) is { } named ? Path.GetFullPath(named) : null;
        var file = parse.GetValue(KeyFile);
        if ((data is null) == (store is null)) throw new UsageException("Which store? Name either --data or --store.");
        if (data is not null && !File.Exists(Path.Combine(data, "meanwhile.db"))) throw new UsageException($"{data} holds no store.", "Name the data directory of the server with --data.", ExitCode.NotFound);
        if (File.Exists(file)) throw new UsageException($"{file} is there already.", "Name a file that is not there, or move this one away.", ExitCode.Conflict);

        await using var services = Services(engine => Use(engine, data, store), file, parse.GetValue(Project)!);
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
        catch (StoreUnavailableException unavailable)
        {
            throw new UsageException(unavailable.Message, "Try again once it answers.", ExitCode.Unavailable);
        }
    }

    private static void Use(MeanwhileBuilder engine, string? data, SharedStore? store)
    {
        if (store is null) engine.UseSqlite(data!);
        else engine.UsePostgres(store.Connection, settings => settings with { UsesResults = false });
    }

    private static ServiceProvider Services(Action<MeanwhileBuilder> use, string? file, string project) => new ServiceCollection()
        .AddMeanwhile(engine =>
        {
            use(engine);
            engine.Configure(options => (options.AdminKeyFile, options.FirstProject) = (file, project));
        })
        .BuildServiceProvider();
}
