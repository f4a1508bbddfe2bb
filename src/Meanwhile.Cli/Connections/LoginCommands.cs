using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Client;

namespace Meanwhile.Cli.Connections;

/// <summary>login, logout.</summary>
internal static class LoginCommands
{
    public static IEnumerable<Command> All(Shell shell)
    {
        var login = new Command("login", "Try a server and a key, and remember them");
        ConnectionOptions.Shared.AddTo(login);
        login.Does(shell, (parse, cancellationToken) => LoginAsync(shell, parse, cancellationToken));
        var logout = new Command("logout", "Forget what login remembered").Does(shell, (_, _) =>
        {
            File.Delete(LoginFile.PathIn(shell));
            return Task.FromResult(ExitCode.Ok);
        });
        return [login, logout];
    }

    private static async Task<int> LoginAsync(Shell shell, ParseResult parse, CancellationToken cancellationToken)
    {
        var connection = ConnectionOptions.Shared;
        var server = connection.Server(parse, shell);
        var key = connection.GivenKey(parse, shell) ?? Ask(shell);
        var project = connection.GivenProject(parse);
        using var client = new MeanwhileClient(server, key, project);
        await client.StatsAsync(cancellationToken); // refuses what is no key here, before it is remembered
        var path = LoginFile.Write(shell, new Login(server.ToString(), key, project));
        shell.Error.WriteLine($"Remembered {server} in {path}.");
        return ExitCode.Ok;
    }

    private static string Ask(Shell shell)
    {
        shell.Error.Write("Key: ");
        return KeyText.Of(shell.In.ReadLine()?.Trim(), "standard input")
            ?? throw new UsageException("There is no key.", "Give one with --key, MEANWHILE_KEY, or on standard input.");
    }
}
