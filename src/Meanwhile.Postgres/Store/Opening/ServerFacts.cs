using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>What a start must know of the server, and whether a store can live there: a pure function.</summary>
internal sealed record ServerFacts
{
    /// <summary>The oldest server that is accepted, as server_version_num counts.</summary>
    public const int VersionMin = 150_000;

    public required int VersionNumber { get; init; }

    public required string Version { get; init; }

    public bool IsStandby { get; init; }

    public bool Fsync { get; init; } = true;

    public bool FullPageWrites { get; init; } = true;

    public string SynchronousCommit { get; init; } = "on";

    public string Encoding { get; init; } = "UTF8";

    public string Role { get; init; } = "";

    public string Database { get; init; } = "";

    public bool MayCreateSchema { get; init; } = true;

    public bool SchemaExists { get; init; }

    public bool MayUseSchema { get; init; } = true;

    public bool MayCreateInSchema { get; init; } = true;

    /// <summary>Where the server itself answers; null over a Unix socket.</summary>
    public int? Port { get; init; }

    /// <inheritdoc cref="Port"/>
    public string? Address { get; init; }

    /// <summary>Whether the role may ask which cluster this is, and on which timeline.</summary>
    public bool MayIdentify { get; init; }

    /// <summary>How transactions are isolated unless they say so.</summary>
    public string Isolation { get; init; } = "read committed";

    /// <summary>Whether transactions only read unless they say so.</summary>
    public bool ReadsOnly { get; init; }

    /// <summary>The facts in the current row.</summary>
    public static ServerFacts Read(NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        return new ServerFacts
        {
            VersionNumber = columns.Int(),
            Version = columns.Text(),
            IsStandby = columns.Bool(),
            Fsync = columns.Bool(),
            FullPageWrites = columns.Bool(),
            SynchronousCommit = columns.Text(),
            Encoding = columns.Text(),
            Role = columns.Text(),
            Database = columns.Text(),
            MayCreateSchema = columns.Bool(),
            SchemaExists = columns.Bool(),
            MayUseSchema = columns.Bool(),
            MayCreateInSchema = columns.Bool(),
            Port = row.IsDBNull(13) ? null : row.GetInt32(13),
            Address = row.IsDBNull(14) ? null : row.GetString(14),
            MayIdentify = row.GetBoolean(15),
            Isolation = row.GetString(16),
            ReadsOnly = row.GetBoolean(17),
        };
    }

    /// <summary>Refuses a server that could lose what was accepted, or that can't do what is needed.</summary>
    /// <param name="schema">The store's schema.</param>
    /// <exception cref="StoreUnusableException">It says what to change.</exception>
    public void Check(string schema)
    {
        if (Refusal(schema) is { } refusal) throw new StoreUnusableException(refusal);
    }

    /// <summary>What a server is told that is too old.</summary>
    public static string TooOld(string version) => $"PostgreSQL {version} is too old: {VersionMin / 10_000} or newer is needed.";

    private string? Refusal(string schema) => this switch
    {
        { VersionNumber: < VersionMin } => TooOld(Version),
        { IsStandby: true } => "The server is a standby, which only reads: lead the connection string to the primary (Target Session Attributes=primary).",
        { Encoding: not "UTF8" } => $"Database \"{Database}\" has the encoding {Encoding}; UTF8 is needed. Create a database with encoding 'UTF8'.",
        { Fsync: false } => "The server runs with fsync = off: a crash would lose accepted jobs, or all of the database. Set fsync = on.",
        { FullPageWrites: false } => "The server runs with full_page_writes = off: a crash could damage the database. Set full_page_writes = on.",
        { SynchronousCommit: "off" } => $"synchronous_commit is off for role \"{Role}\": a crash would lose accepted jobs. Set it to on (or local), or: alter role \"{Role}\" set synchronous_commit = on.",
        { Isolation: not "read committed" } => $"default_transaction_isolation is {Isolation} for role \"{Role}\"; 'read committed' is needed: alter role \"{Role}\" set default_transaction_isolation = 'read committed'.",
        { ReadsOnly: true } => $"default_transaction_read_only is on for role \"{Role}\", so nothing could be stored: alter role \"{Role}\" set default_transaction_read_only = off.",
        { SchemaExists: false, MayCreateSchema: false } => $"Role \"{Role}\" lacks the right to make schema {schema}: grant create on database \"{Database}\" to \"{Role}\", or have an administrator: create schema {schema} authorization \"{Role}\".",
        { SchemaExists: true, MayUseSchema: false } => $"Role \"{Role}\" lacks the right to use schema {schema}: grant usage on schema {schema} to \"{Role}\".",
        { SchemaExists: true, MayCreateInSchema: false } => $"Role \"{Role}\" lacks the right to make tables in schema {schema}, which partitions and migrations need: grant create on schema {schema} to \"{Role}\".",
        _ => null,
    };
}
