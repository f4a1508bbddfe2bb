using System.Collections.Frozen;

namespace Meanwhile.Postgres.Source.Settings;

/// <summary>Which settings of PostgreSQL a definition may give its sessions; the rest is pinned, or the server's own business.</summary>
internal static class SessionSettings
{
    /// <summary>Those that are accepted.</summary>
    public static FrozenSet<string> Allowed { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "default_transaction_isolation", "default_statistics_target", "effective_cache_size", "effective_io_concurrency", "enable_hashjoin", "enable_indexscan", "enable_mergejoin", "enable_nestloop",
        "enable_partitionwise_aggregate", "enable_partitionwise_join", "enable_seqscan", "from_collapse_limit", "hash_mem_multiplier", "idle_in_transaction_session_timeout", "jit", "join_collapse_limit",
        "lock_timeout", "maintenance_work_mem", "max_parallel_workers_per_gather", "plan_cache_mode", "random_page_cost", "role", "row_security", "search_path", "seq_page_cost", "statement_timeout",
        "synchronous_commit", "temp_buffers", "timezone", "work_mem");

    /// <summary>What every session has, so that values come in one form whatever the server's, the database's or the role's defaults are.</summary>
    public static IReadOnlyList<(string Name, string Value)> Pinned { get; } =
    [
        ("datestyle", "ISO"), // the order in which days and months are read stays the server's
        ("intervalstyle", "iso_8601"),
        ("bytea_output", "hex"),
        ("extra_float_digits", "1"),
        ("xmlbinary", "base64"),
        ("standard_conforming_strings", "on"), // as the lexer reads
        ("client_encoding", "UTF8"),
    ];

    /// <summary>Pinned unless the definition says otherwise.</summary>
    public const string TimeZone = "timezone";

    /// <summary>The time zone where the definition names none.</summary>
    public const string TimeZoneDefault = "UTC";
}
