using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Meanwhile.Cli.Configuration;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Nodes;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Cli.Serve;

/// <summary>What a server is to be.</summary>
/// <param name="Data">The data directory, as a full path.</param>
/// <param name="LogLevel">The least that is logged.</param>
/// <param name="Concurrency">How many jobs run at once; null = as the configuration says.</param>
/// <param name="Node">The server's name among those of its store; null without one.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Store">The PostgreSQL store that is shared; null = the data directory holds the store.</param>
internal sealed partial record ServeOptions(string Data, SharedStore? Store, string? Node, NodeRoles Roles, Uri Url, string? AdminKeyFile, bool AllowPlainHttp, LogLevel LogLevel, int? Concurrency, ServerConfiguration Configuration)
{
    private static readonly Option<string?> DataOption = new("--data") { Description = "The data directory, made if it is not there. Needed unless --store is given; then for SQLite sources", HelpName = "DIR" };
    private static readonly Option<string> UrlOption = new("--url") { Description = "Where to listen", DefaultValueFactory = _ => Connections.ConnectionOptions.ServerDefault, HelpName = "URL" };
    private static readonly Option<string?> NodeOption = new("--node") { Description = "With --store: this server's name, which no other server of the store has. Default: the machine's name and the port", HelpName = "NAME" };
    private static readonly Option<string?> RolesOption = new("--roles") { Description = "What this server does: api, worker, poller, or several with commas. Default: all. With --data alone one server does everything", HelpName = "ROLES" };
    private static readonly Option<string?> ConfigOption = new("--config") { Description = "The configuration file, meanwhile.json", HelpName = "FILE" };
    private static readonly Option<string?> AdminKeyFileOption = new("--admin-key-file") { Description = "The admin key: read from this file, or written there (mode 0600) when it does not exist", HelpName = "FILE" };
    private static readonly Option<bool> AllowPlainHttpOption = new("--allow-plain-http") { Description = "Answer HTTP without TLS on other than loopback addresses too" };
    private static readonly Option<LogLevel> LogLevelOption = new("--log-level") { Description = "The least that is logged: trace, debug, information, warning, error or none", DefaultValueFactory = _ => LogLevel.Information, HelpName = "LEVEL" };

    /// <summary>The options on the command line.</summary>
    public static Symbol[] All => [DataOption, UrlOption, .. SharedStore.Options, NodeOption, RolesOption, ConfigOption, AdminKeyFileOption, AllowPlainHttpOption, LogLevelOption];

    /// <summary>Reads and checks them, with the configuration file and the environment.</summary>
    /// <exception cref="UsageException">Something can't be as it is.</exception>
    public static ServeOptions Read(ParseResult parse, Shell shell)
    {
        var store = SharedStore.Read(parse, shell);
        var allowPlainHttp = parse.GetValue(AllowPlainHttpOption);
        var url = CheckedUrl(parse.GetValue(UrlOption)!, allowPlainHttp);
        return new ServeOptions(
            DataIn(parse.GetValue(DataOption), store),
            store,
            NodeIn(parse.GetValue(NodeOption), store, url),
            RolesIn(parse.GetValue(RolesOption), store),
            url,
            parse.GetValue(AdminKeyFileOption),
            allowPlainHttp,
            parse.GetValue(LogLevelOption),
            ConcurrencyIn(shell),
            parse.GetValue(ConfigOption) is { } file ? ConfigurationFile.Read(file) : new ServerConfiguration());
    }

    /// <summary>With a store elsewhere a directory is only needed for databases of sources: without a name, one that goes with the temporary files.</summary>
    private static string DataIn(string? data, SharedStore? store)
    {
        if (data is not null) return Path.GetFullPath(data);
        if (store is not null) return Directory.CreateTempSubdirectory("meanwhile-").FullName;
        throw new UsageException("Where are the jobs to be kept? Neither --data nor --store was given.", "Name a data directory with --data, or a PostgreSQL database with --store.");
    }

    private static string? NodeIn(string? name, SharedStore? store, Uri url)
    {
        if (store is null) return name is null ? null : throw new UsageException("--node is for --store: with a data directory of its own there is one server.", "Leave --node out.");
        if (name is null) return DefaultNode(url);
        return NodeName().IsMatch(name) ? name : throw new UsageException($"--node '{name}' is no name; 1 to 63 characters of a-z, 0-9, '-', '_' and '.' are accepted.");
    }

    /// <summary>A server that is started again takes over at once what it left, because it has the same name.</summary>
    private static string DefaultNode(Uri url)
    {
        var machine = OtherThanName().Replace(Environment.MachineName.ToLowerInvariant(), "-");
        var last = url.Port == 0 ? Environment.ProcessId : url.Port;
        return string.Create(CultureInfo.InvariantCulture, $"{machine[..Math.Min(machine.Length, 52)]}-{last}");
    }

    private static NodeRoles RolesIn(string? words, SharedStore? store)
    {
        if (words is null) return NodeRoles.All;
        if (NodeRoleWords.FromWords(words.Split(',', StringSplitOptions.TrimEntries)) is not { } roles) throw new UsageException($"--roles '{words}' is not known; api, worker, poller and all are accepted, several with commas.");
        if (store is not null || roles == NodeRoles.All || roles == (NodeRoles.Api | NodeRoles.Worker)) return store is null ? NodeRoles.All : roles;
        throw new UsageException($"--roles {words} is not possible here: with a data directory of its own, one server does everything.", "Leave --roles out, or share a --store.");
    }

    [GeneratedRegex(@"^[a-z0-9_.-]{1,63}\z")]
    private static partial Regex NodeName();

    [GeneratedRegex("[^a-z0-9_.-]")]
    private static partial Regex OtherThanName();

    private static Uri CheckedUrl(string text, bool allowPlainHttp)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) throw new UsageException($"--url '{text}' is no address.", "Give one such as http://127.0.0.1:8080.");
        if (url.Scheme == "https") throw new UsageException("HTTPS is not there yet.", "Listen on loopback, and put a proxy that speaks HTTPS in front.");
        if (url.AbsolutePath != "/") throw new UsageException($"--url '{text}' has a path; a server listens at the root.");
        if (allowPlainHttp || url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))) return url;
        throw new UsageException($"{text} is not loopback, and over plain HTTP everybody on the way can read keys and results.", "Listen on 127.0.0.1 behind a proxy that speaks HTTPS, or say --allow-plain-http.");
    }

    private static int? ConcurrencyIn(Shell shell)
    {
        if (shell.Variable("WORKER_CONCURRENCY") is not { } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1_000
            ? count
            : throw new UsageException($"WORKER_CONCURRENCY is '{text}'; 1 to 1,000 is accepted.");
    }
}
