using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Hosting;
using Meanwhile.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Meanwhile.Cli.Serve;

/// <summary>Runs a server until it is told to stop.</summary>
internal static class ServeCommand
{
    public static Command Create(Shell shell) => new Command("serve", "Run a server").With(ServeOptions.All)
        .Does(shell, (parse, cancellationToken) => RunAsync(shell, ServeOptions.Read(parse, shell), cancellationToken));

    private static async Task<int> RunAsync(Shell shell, ServeOptions options, CancellationToken cancellationToken)
    {
        MakeDirectories(options.Data);
        await using var app = ServerComposition.Build(options);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (StoreUnusableException unusable)
        {
            throw new UsageException(unusable.Message, exitCode: ExitCode.Conflict);
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new UsageException($"{options.Url} is in use by another program.", "Choose another --url.", ExitCode.Conflict);
        }

        Announce(shell, app);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok;
    }

    /// <summary>Says where the server is, and a new admin key this once.</summary>
    private static void Announce(Shell shell, WebApplication app)
    {
        var host = app.Services.GetRequiredService<MeanwhileHost>();
        var url = app.Urls.First();
        host.Announce(url);
        shell.Out.WriteLine($"Meanwhile listens on {url}");
        if (host.NewAdminKey is { } key) shell.Out.WriteLine($"The admin key, shown this once: {key}");
        shell.Out.Flush();
    }

    /// <summary>The data directory and its folder for databases, for nobody else to read.</summary>
    private static void MakeDirectories(string data)
    {
        var sources = Path.Combine(data, SqliteHosting.SourcesFolder);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(sources);
        else Directory.CreateDirectory(sources, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
