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
        DataFolders.Make(options.Data);
        await using var app = ServerComposition.Build(options);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (StoreUnusableException unusable)
        {
            throw new UsageException(unusable.Message, exitCode: ExitCode.Conflict);
        }
        catch (StoreUnavailableException unavailable)
        {
            throw new UsageException(unavailable.Message, "Start again once it answers.", ExitCode.Unavailable);
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new UsageException($"{options.Url} is in use by another program.", "Choose another --url.", ExitCode.Conflict);
        }
        finally
        {
            ShowNewKey(shell, app); // also when the start failed: the next start has a key already and shows none
        }

        Announce(shell, app);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok;
    }

    /// <summary>Shows a new admin key, this once.</summary>
    private static void ShowNewKey(Shell shell, WebApplication app)
    {
        if (app.Services.GetRequiredService<MeanwhileHost>().NewAdminKey is not { } key) return;
        shell.Out.WriteLine($"The admin key, shown this once: {key}");
        shell.Out.Flush();
    }

    private static void Announce(Shell shell, WebApplication app)
    {
        var url = app.Urls.First();
        app.Services.GetRequiredService<MeanwhileHost>().Announce(url);
        shell.Out.WriteLine($"Meanwhile listens on {url}");
        shell.Out.Flush();
    }
}
