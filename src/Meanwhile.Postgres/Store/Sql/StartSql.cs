namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements of the start: what the server is, which schema there is, and bringing it up to date.</summary>
internal static class StartSql
{
    /// <summary>What a start must know of the server. Parameters: $1 schema.</summary>
    public const string Server = // language=postgresql
        """
        select current_setting('server_version_num')::integer, current_setting('server_version'), pg_is_in_recovery(), current_setting('fsync') = 'on',
            current_setting('full_page_writes') = 'on', current_setting('synchronous_commit'), current_setting('server_encoding'), current_user::text, current_database()::text,
            has_database_privilege(current_database(), 'create'),
            exists (select from pg_namespace where nspname = $1),
            coalesce((select has_schema_privilege(oid, 'usage') from pg_namespace where nspname = $1), false),
            coalesce((select has_schema_privilege(oid, 'create') from pg_namespace where nspname = $1), false),
            inet_server_port(), host(inet_server_addr()),
            has_function_privilege('pg_control_system()', 'execute') and has_function_privilege('pg_control_checkpoint()', 'execute'),
            current_setting('default_transaction_isolation'), current_setting('default_transaction_read_only') = 'on'
        """;

    /// <summary>One node migrates at a time. Parameters: $1 schema.</summary>
    public const string Lock = "select pg_advisory_xact_lock(hashtextextended('meanwhile.schema ' || $1, 0))";

    /// <summary>Whether the schema holds a store. Parameters: $1 schema.</summary>
    public const string Exists = "select to_regclass($1 || '.migration') is not null";

    /// <summary>Makes the schema, and the table that counts its steps.</summary>
    public const string MakeSchema = "create schema if not exists meanwhile_schema";

    /// <summary>Counts the steps.</summary>
    public const string MakeMigrations = "create table if not exists meanwhile.migration (version integer primary key, applied_at timestamptz not null default clock_timestamp())";

    /// <summary>How many steps the schema has had.</summary>
    public const string Version = "select coalesce(max(version), 0) from meanwhile.migration";

    /// <summary>Parameters: $1 version.</summary>
    public const string Applied = "insert into meanwhile.migration (version) values ($1)";

    /// <summary>A table, or sequence, of the store that this role may not use, and which right it lacks; no row when it may use all. Parameters: $1 schema.</summary>
    public const string MissingRight = // language=postgresql
        """
        select relname, kind.word
        from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        cross join (values ('select'), ('insert'), ('update'), ('delete')) as kind (word)
        where nspname = $1 and relkind in ('r', 'p') and not has_table_privilege(pg_class.oid, kind.word)
        union all
        select relname, 'usage'
        from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = $1 and relname = 'event_batch_id' and not has_sequence_privilege(pg_class.oid, 'usage')
        order by 1, 2 limit 1
        """;

    /// <summary>What the store knows of itself.</summary>
    public const string Meta = "select key, value from meanwhile.meta";

    /// <summary>The store's own uuid.</summary>
    public const string Incarnation = "select value from meanwhile.meta where key = 'incarnation'";

    /// <summary>Parameters: $1 key, $2 value.</summary>
    public const string AddMeta = "insert into meanwhile.meta (key, value) values ($1, $2) on conflict (key) do nothing";

    /// <summary>Parameters: $1 key, $2 value.</summary>
    public const string PutMeta = "insert into meanwhile.meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value";

    /// <summary>Which cluster this is, and on which timeline it writes; null on a standby, which writes on none.</summary>
    public const string Identity = // language=postgresql
        "select case when not pg_is_in_recovery() then (select system_identifier::text from pg_control_system()) || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) end";

    /// <summary>How the failure of <see cref="SameTimeline"/> is known.</summary>
    public const string AnotherTimeline = "another timeline";

    /// <summary>Fails where the timeline is another, and with it the transaction. Parameters: $1 timeline.</summary>
    public const string SameTimeline = // language=postgresql
        $"""
        select case when timeline <> $1 then ('{AnotherTimeline}: ' || timeline)::integer end
        from (select left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline) as here
        """;
}
