namespace Meanwhile.Postgres.Store;

/// <summary>How a PostgreSQL store works.</summary>
public sealed record PostgresStoreOptions
{
    /// <summary>The schema that holds the store's tables: 1 to 63 characters of a-z, 0-9 and '_', not beginning with a digit. <c>meanwhile</c> by default; made when it is not there.</summary>
    public string Schema { get; init; } = "meanwhile";

    /// <summary>How many connections this node holds at most, where the connection string does not say: 2 to 200, 20 by default.</summary>
    public int ConnectionsMax { get; init; } = 20;

    /// <summary>Whether statements are prepared on the server. Null, the default, prepares them when the server itself is at the other end, and not when a pooler such as pgbouncer is.</summary>
    public bool? Prepares { get; init; }

    /// <summary>A connection string that leads to the server itself where the store's own leads to a pooler: for what needs a session, which is hearing what other nodes tell, and for beats. Null, the default: the store's own; behind a pooler nothing is heard then, and polling finds all a second later.</summary>
    public string? DirectConnectionString { get; init; }

    /// <summary>The clock that decides due times instead of the database's: for tests. Null by default.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>How long a statement may take before the store counts as unavailable. 30 s by default.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A directory for results and logs, which every node of the store must see; null, the default, keeps them in the database.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>Whether results are read and written here, so that the place where they are must be right. True by default; false for a program that only configures the store.</summary>
    public bool UsesResults { get; init; } = true;

    /// <summary>How often a watcher of the registry looks for what other nodes changed. 1 s by default.</summary>
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromSeconds(1);
}
