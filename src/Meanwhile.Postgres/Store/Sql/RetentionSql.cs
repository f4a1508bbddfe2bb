namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements that remove what is over its time.</summary>
internal static class RetentionSql
{
    /// <summary>Lets one node retain at a time; false when another does.</summary>
    public const string Lock = "select pg_try_advisory_xact_lock(hashtextextended('meanwhile.retention', 0))";

    /// <summary>Jobs whose time to live is over. Parameters: $1 now or null, $2 limit.</summary>
    public const string Expiring = // language=postgresql
        """
        select job_id from meanwhile.history
        where not expired and expires_at <= coalesce($1::timestamptz, statement_timestamp())
        order by expires_at, job_id limit $2
        """;

    /// <summary>Leaves the slim rows. Parameters, arrays: $1 job_id, $2 result, $3 error, $4 updated_at, $5 version.</summary>
    public const string Expire = // language=postgresql
        """
        update meanwhile.history
        set expired = true, result = slim.result, error = slim.error, updated_at = slim.updated_at, version = slim.version
        from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[]) as slim (job_id, result, error, updated_at, version)
        where history.job_id = slim.job_id
        """;

    /// <summary>Counts off the stored bytes of results. Parameters, arrays: $1 project, $2 bytes.</summary>
    public const string CountOffBytes = // language=postgresql
        """
        insert into meanwhile.status_delta (project_id, status, delta)
        select project.project_id, 100, -gone.bytes
        from unnest($1::text[], $2::bigint[]) as gone (project, bytes) join meanwhile.project on project.name = gone.project
        """;

    /// <summary>Removes bodies. Parameters: $1 ids. Answers their statements.</summary>
    public const string DeleteBodies = // language=postgresql
        "delete from meanwhile.body using unnest($1::uuid[]) as asked (job_id) where body.job_id = asked.job_id returning statement_id";

    /// <summary>Parameters: $1 ids.</summary>
    public const string DeleteProgress = "delete from meanwhile.progress where job_id = any($1::uuid[])";

    /// <summary>Removes labels. Parameters, arrays: $1 project, $2 name, $3 value, $4 job_id.</summary>
    public const string DeleteLabels = // language=postgresql
        """
        delete from meanwhile.label
        using unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as gone (project, name, value, job_id) join meanwhile.project on project.name = gone.project
        where label.project_id = project.project_id and label.name = gone.name and label.value = gone.value and label.job_id = gone.job_id
        """;

    /// <summary>Removes texts that nothing names and no node remembers. Parameters: $1 now or null, $2 how long unused, $3 limit.</summary>
    public const string DeleteStatements = // language=postgresql
        """
        delete from meanwhile.statement
        where statement_id in (
            select statement_id from meanwhile.statement
            where used_at < coalesce($1::timestamptz, clock_timestamp()) - $2::interval
                and not exists (select from meanwhile.body where body.statement_id = statement.statement_id)
            order by used_at limit $3)
        """;

    /// <summary>Expired jobs that ended long ago. Parameters: $1 ended by, $2 limit.</summary>
    public const string Forgetting = // language=postgresql
        "select job_id from meanwhile.history where expired and finished_at <= $1 order by finished_at, job_id limit $2";

    /// <summary>Removes slim rows with their keys, and with their sequences once none of a row's jobs is left; counts them off. Parameters: $1 ids.</summary>
    public const string Forget = // language=postgresql
        """
        with gone as (
            delete from meanwhile.history using unnest($1::uuid[]) as asked (job_id)
            where history.job_id = asked.job_id
            returning history.job_id, project_id, sequence, status, submitted_by, idempotency_key
        ),
        freed as (
            delete from meanwhile.idempotency using gone
            where idempotency.project_id = gone.project_id and idempotency.submitted_by = gone.submitted_by and idempotency.key = gone.idempotency_key and idempotency.job_id = gone.job_id
        ),
        named as materialized (
            select distinct named.project_id, named.first, named.job_ids
            from gone
            cross join lateral (
                select project_id, first, job_ids from meanwhile.job_sequence
                where job_sequence.project_id = gone.project_id and first <= gone.sequence
                order by first desc limit 1) as named
        ),
        unnamed as (
            delete from meanwhile.job_sequence using named
            where job_sequence.project_id = named.project_id and job_sequence.first = named.first
                and not exists (
                    select from unnest(named.job_ids) as other (job_id)
                    where other.job_id <> all($1::uuid[])
                        and (exists (select from meanwhile.job where job.job_id = other.job_id) or exists (select from meanwhile.history where history.job_id = other.job_id)))
        )
        insert into meanwhile.status_delta (project_id, status, delta)
        select project_id, status, -count(*) from gone group by project_id, status
        """;

    /// <summary>Whether a table is to be written anew. Parameters: $1 the table, $2 the dead rows that it may have, $3 the live rows that it may have.</summary>
    /// <remarks>Whoever has used the table in a transaction that is older than two seconds, as a dump has, would hold up the rewrite and with it everybody; an autovacuum gives way.</remarks>
    public const string RewriteIsDue = // language=postgresql
        """
        select has_table_privilege($1, 'select, insert') and has_table_privilege($1, 'truncate')
            and exists (select from pg_stat_all_tables where relid = $1::regclass and n_dead_tup > $2 and n_live_tup <= $3)
            and not exists (
                select from pg_locks left join pg_stat_activity on pg_stat_activity.pid = pg_locks.pid
                where relation = $1::regclass and granted and database = (select oid from pg_database where datname = current_database())
                    and coalesce(backend_type, '') <> 'autovacuum worker' and coalesce(xact_start, '-infinity') < clock_timestamp() - interval '2 seconds')
        """;

    /// <summary>Writes a table anew. It waits for others no longer than it takes until an autovacuum gives way, a second by default.</summary>
    public static string Rewrite(string table) => // language=postgresql
        $"""
        do $rewrite$
        declare
            kept meanwhile.{table}[];
        begin
            if current_setting('transaction_isolation') <> 'read committed' then
                raise exception 'default_transaction_isolation was changed to %: read committed is needed, or a rewrite would lose what others commit before it has the lock', current_setting('transaction_isolation');
            end if;
            perform set_config('lock_timeout', '1500ms', true), set_config('enable_seqscan', 'on', true);
            lock table meanwhile.{table} in access exclusive mode;
            kept := array(select live from meanwhile.{table} as live); -- a snapshot of its own, taken when nobody changes the table
            truncate meanwhile.{table};
            insert into meanwhile.{table} select * from unnest(kept);
            perform pg_stat_force_next_flush(); -- so that the next look knows of it
        end
        $rewrite$
        """;
}
