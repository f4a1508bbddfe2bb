namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>What we ask a source's server ourselves. Names are qualified, because a session may have any search_path.</summary>
internal static class Sql
{
    /// <summary>Which backend a session has: pid and start.</summary>
    public const string Identity = // language=postgresql
        """
        select pid, (extract(epoch from backend_start) * 1000000)::bigint
        from pg_catalog.pg_stat_activity
        where pid = pg_catalog.pg_backend_pid()
        """;

    /// <summary>Why a role can't be used for reading alone, although its transactions are read-only: it is, or may become, one that does more than the transaction guards. No row = it can.</summary>
    /// <remarks>Columns: what (superuser, replication, program, file, dblink), and of whom. Large objects, sequences and statistics are guarded by the transaction, or by its rollback.</remarks>
    public const string MoreThanReading = // language=postgresql
        """
        (select case when r.rolsuper then 'superuser' when r.rolreplication then 'replication' when r.rolname = 'pg_execute_server_program' then 'program' else 'file' end, r.rolname
        from pg_catalog.pg_roles r
        where (r.rolsuper or r.rolreplication or r.rolname in ('pg_execute_server_program', 'pg_write_server_files'))
          and pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
        order by r.rolsuper desc, r.rolreplication desc -- a superuser is a member of every role
        limit 1)
        union all
        select 'dblink', p.proname
        from pg_catalog.pg_extension e
        join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid and d.classid = 'pg_catalog.pg_proc'::regclass
        join pg_catalog.pg_proc p on p.oid = d.objid
        where e.extname = 'dblink' and p.proname in ('dblink', 'dblink_exec', 'dblink_connect', 'dblink_send_query') and pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
        limit 1
        """;

    /// <summary>Something that the role may write, were it not for the read-only transaction; no row = nothing.</summary>
    public const string MayWrite = // language=postgresql
        """
        select c.oid::pg_catalog.regclass
        from pg_catalog.pg_class c
        where c.relkind in ('r', 'p', 'v', 'f') and c.relpersistence <> 't'
          and c.relnamespace not in (select n.oid from pg_catalog.pg_namespace n where n.nspname in ('pg_catalog', 'information_schema'))
          and pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        limit 1
        """;

    /// <summary>Proof that a session is in the transaction that was begun: no text that it runs can give another transaction the same time.</summary>
    public const string Transaction = "select extract(epoch from pg_catalog.transaction_timestamp())"; // a number looks the same whatever the text has set

    /// <summary>The id of the open transaction, given to it now if it had none, and what tells later whether it is still the same cluster and timeline that is asked.</summary>
    /// <remarks>The timeline is that of the log being written; what pg_control_checkpoint() says lags behind a failover.</remarks>
    public const string CommitMark = // language=postgresql
        """
        select pg_catalog.pg_current_xact_id(), s.system_identifier, substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8)
        from pg_catalog.pg_control_system() s
        """;

    /// <summary>The id of the open transaction; NULL while it has written nothing.</summary>
    public const string AssignedId = "select pg_catalog.pg_current_xact_id_if_assigned(), extract(epoch from pg_catalog.transaction_timestamp())";

    /// <summary>Fails outside of a transaction block, with no_active_sql_transaction.</summary>
    public const string OnlyInTransaction = "savepoint meanwhile";

    /// <summary>What became of a transaction. Parameter: its id.</summary>
    /// <returns>Nothing where the cluster is a standby; else the status, the system identifier and the timeline.</returns>
    public const string XactStatus = // language=postgresql
        """
        select pg_catalog.pg_xact_status($1::xid8), s.system_identifier, substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8)
        from pg_catalog.pg_control_system() s
        where not pg_catalog.pg_is_in_recovery()
        """;

    /// <summary>The backends of this role and database under any of some names. Parameter: an array of names.</summary>
    public const string BackendsByName = // language=postgresql
        """
        select pid, (extract(epoch from backend_start) * 1000000)::bigint
        from pg_catalog.pg_stat_activity
        where application_name = any($1::text[]) and usename = session_user and datname = pg_catalog.current_database() and pid <> pg_catalog.pg_backend_pid()
        """;

    /// <summary>Terminates one backend and no other. Parameters: pid, start. A row while it is there: whether it was told.</summary>
    public const string Terminate = // language=postgresql
        """
        select pg_catalog.pg_terminate_backend(pid)
        from pg_catalog.pg_stat_activity
        where pid = $1::int and (extract(epoch from backend_start) * 1000000)::bigint = $2::bigint
        """;

    /// <summary>One backend. Parameters: pid, start. A row while it is there: the id of its transaction, if that has written anything.</summary>
    public const string Backend = // language=postgresql
        """
        select backend_xid
        from pg_catalog.pg_stat_activity
        where pid = $1::int and (extract(epoch from backend_start) * 1000000)::bigint = $2::bigint
        """;

    /// <summary>What columns are. Parameters: arrays of their types, of the tables that they come from (0 = none), and of their numbers there. A row each, in order.</summary>
    /// <remarks>Columns: the type's name, the name with its modifier where it comes from a table, whether that refuses NULL, and of an array the element's base type and delimiter.</remarks>
    public const string Columns = // language=postgresql
        """
        select pg_catalog.format_type(c.type, null),
               case when a.attnum is not null then pg_catalog.format_type(a.atttypid, a.atttypmod) end,
               a.attnotnull,
               case when e.typbasetype <> 0 then e.typbasetype else e.oid end,
               e.typdelim
        from rows from (unnest($1::oid[]), unnest($2::oid[]), unnest($3::int[])) with ordinality as c(type, relation, number, place)
        join pg_catalog.pg_type t on t.oid = c.type
        left join pg_catalog.pg_attribute a on a.attrelid = c.relation and a.attnum = c.number and c.relation <> 0
        left join pg_catalog.pg_type e on e.oid = t.typelem and t.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc and t.oid not in (22, 30)
        order by c.place
        """;
}
