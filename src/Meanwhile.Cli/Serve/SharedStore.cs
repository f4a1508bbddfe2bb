using System.CommandLine;
using System.Text.RegularExpressions;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Hosting;
using Meanwhile.Stores;

namespace Meanwhile.Cli.Serve;

/// <summary>The PostgreSQL store that a command names.</summary>
/// <param name="Connection">The connection string, with references replaced. Never printed: it may hold the password.</param>
/// <param name="Direct">Leads to the server itself where the connection leads to a pooler; null = nothing else is known.</param>
/// <param name="Results">The directory of results that every node sees; null = results are in the database.</param>
internal sealed partial record SharedStore(string Connection, string? Direct, string? Results)
{
    private static readonly Option<string?> StoreOption = new("--store")
    {
        Description = "A PostgreSQL database that keeps the jobs, shared by any number of servers: a connection string or postgres:// URI; ${env:NAME} stands for a variable of the environment",
        HelpName = "CONNECTION",
    };

    private static readonly Option<string?> DirectOption = new("--store-direct")
    {
        Description = "With a --store that leads to a pooler such as pgbouncer: the same database reached directly, for beats and for hearing other servers at once",
        HelpName = "CONNECTION",
    };

    private static readonly Option<string?> ResultsOption = new("--results")
    {
        Description = "With --store: keep results in this directory, which every server of the store must see, instead of in the database",
        HelpName = "DIR",
    };

    /// <summary>The options of a command that serves.</summary>
    public static Symbol[] Options => [StoreOption, DirectOption, ResultsOption];

    /// <summary>The option of a command that only looks, or makes a key.</summary>
    public static Option<string?> Only => StoreOption;

    /// <summary>Reads and checks them; null when no store is named.</summary>
    /// <exception cref="UsageException">Something can't be as it is.</exception>
    public static SharedStore? Read(ParseResult parse, Shell shell)
    {
        var results = parse.GetValue(ResultsOption);
        var direct = parse.GetValue(DirectOption);
        if (ReadOnly(parse, shell) is { } store) return store with { Direct = direct is null ? null : Connect(direct, shell), Results = results is null ? null : Path.GetFullPath(results) };
        if (direct is not null) throw new UsageException("--store-direct is for --store: without one there is nothing to reach.", "Leave --store-direct out.");
        if (results is null) return null;
        throw new UsageException("--results is for --store: with a data directory, results are in it.", "Leave --results out.");
    }

    /// <summary>Reads and checks the store alone; null when none is named.</summary>
    /// <exception cref="UsageException">It can't be as it is.</exception>
    public static SharedStore? ReadOnly(ParseResult parse, Shell shell) => parse.GetValue(StoreOption) is { } text ? new SharedStore(Connect(text, shell), null, null) : null;

    private static string Connect(string text, Shell shell)
    {
        try
        {
            return ConnectionStrings.Normalize(Reference().Replace(text, reference => Variable(reference.Groups[1].Value, shell)));
        }
        catch (StoreUnusableException wrong)
        {
            throw new UsageException(wrong.Message, "The password is better not on the command line: PGPASSWORD, a passfile, or ${env:NAME}.");
        }
    }

    private static string Variable(string name, Shell shell) =>
        shell.Variable(name) ?? throw new UsageException($"--store names the variable {name}, which the environment does not have.", $"Set {name}.");

    [GeneratedRegex(@"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Reference();
}
