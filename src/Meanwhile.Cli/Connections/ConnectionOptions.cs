using System.CommandLine;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;

namespace Meanwhile.Cli.Connections;

/// <summary>The options by which every command that talks to a server finds it.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>Where a server is, unless something else is said.</summary>
    public const string ServerDefault = "http://127.0.0.1:8080";

    /// <summary>Shared by the whole command tree.</summary>
    public static ConnectionOptions Shared { get; } = new();

    private readonly Option<string?> _server = new("--server") { Description = $"The server's address. Default: MEANWHILE_URL, the login's, {ServerDefault}", HelpName = "URL" };
    private readonly Option<string?> _key = new("--key") { Description = "The key. Default: MEANWHILE_KEY, the login's", HelpName = "KEY" };
    private readonly Option<string?> _project = new("--project") { Description = "The project to act in, for instance admins. Default: the login's, the key's own", HelpName = "NAME" };
    private readonly Option<bool> _json = new("--json") { Description = "Print the server's answer as it came, as JSON" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_server, _key, _project, _json]) command.Add(option);
    }

    /// <summary>Whether the answer is to be printed as JSON.</summary>
    public bool Json(ParseResult parse) => parse.GetValue(_json);

    /// <summary>The server's address alone, for what needs no key.</summary>
    public Uri Server(ParseResult parse, Shell shell) => ToServer(parse.GetValue(_server) ?? shell.Variable("MEANWHILE_URL") ?? LoginFile.Read(shell)?.Server ?? ServerDefault);

    /// <summary>The key, if one is known from anywhere.</summary>
    public string? Key(ParseResult parse, Shell shell) => GivenKey(parse, shell) ?? LoginFor(parse, shell)?.Key;

    /// <summary>The key that was given just now.</summary>
    public string? GivenKey(ParseResult parse, Shell shell) => KeyText.Of(parse.GetValue(_key), "--key") ?? KeyText.Of(shell.Variable("MEANWHILE_KEY"), "MEANWHILE_KEY");

    /// <summary>The project, if one is named; a login's goes with the login's key.</summary>
    public string? Project(ParseResult parse, Shell shell) => GivenProject(parse) ?? (GivenKey(parse, shell) is null ? LoginFor(parse, shell)?.Project : null);

    /// <summary>The project that was given just now.</summary>
    public string? GivenProject(ParseResult parse) => parse.GetValue(_project);

    /// <summary>A login's key goes to the login's server and to no other.</summary>
    private Login? LoginFor(ParseResult parse, Shell shell) =>
        LoginFile.Read(shell) is { } login && Server(parse, shell) == ToServer(login.Server) ? login : null;

    private static Uri ToServer(string text) => Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
        ? server
        : throw new UsageException($"'{text}' is no server's address.", $"Give one such as {ServerDefault}.");
}
