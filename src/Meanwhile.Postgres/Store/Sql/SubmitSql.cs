namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements that accept jobs.</summary>
internal static class SubmitSql
{
    /// <summary>Adds what is new of a submission, whole: jobs, bodies, keys, events, counters. Answers the sequence of each job that was added.</summary>
    /// <remarks>
    /// Parameters, arrays: $1 job_id, $2 project_id, $3 lane_id, $4 priority, $5 created_at, $6 run_at, $7 max_attempts, $8 timeout, $9 start_deadline_at, $10 ttl, $11 idempotent,
    /// $12 submitted_by, $13 idempotency_key, $14 content_hash, $15 trace_parent, $16 retry_of, $17 statement_id, $18 params (null = no body), $19 labels; $20 project_id and $21 the first
    /// sequence to give there; $22 job_id, $23 name and $24 value of labels. What is known already, by id or by key, is passed over: whoever wants to know of it asks in a second statement.
    /// </remarks>
    public const string Submit = // language=postgresql
        """
        with asked as materialized (
            select * from unnest(
                $1::uuid[], $2::integer[], $3::integer[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::integer[], $8::bigint[], $9::timestamptz[], $10::bigint[],
                $11::boolean[], $12::text[], $13::text[], $14::bytea[], $15::text[], $16::uuid[], $17::bigint[], $18::text[], $19::text[])
            with ordinality as asked (
                job_id, project_id, lane_id, priority, created_at, run_at, max_attempts, timeout, start_deadline_at, ttl,
                idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of, statement_id, params, labels, ordinal)
        ),
        fresh as materialized (
            select asked.* from asked
            where (select 1 from meanwhile.job where job.job_id = asked.job_id) is null
                and (select 1 from meanwhile.history where history.job_id = asked.job_id) is null
        ),
        keyed as ( -- waits for whoever uses the same key just now
            insert into meanwhile.idempotency (project_id, submitted_by, key, job_id, content_hash)
            select project_id, submitted_by, idempotency_key, job_id, content_hash from fresh
            where idempotency_key is not null
            order by project_id, submitted_by, idempotency_key
            on conflict do nothing
            returning job_id
        ),
        taken as materialized (
            select fresh.*, row_number() over (partition by project_id order by ordinal) - 1 as place
            from fresh
            where idempotency_key is null or job_id in (select job_id from keyed)
        ),
        batch as materialized (
            select project_id, chunk, nextval('meanwhile.event_batch_id') as batch_id
            from (select distinct project_id, place / 128 as chunk from taken order by project_id, chunk) as chunks
        ),
        given as materialized (
            select taken.*, first.sequence + place as sequence, batch.batch_id
            from taken
            join unnest($20::integer[], $21::bigint[]) as first (project_id, sequence) on first.project_id = taken.project_id
            join batch on batch.project_id = taken.project_id and batch.chunk = taken.place / 128
        ),
        added as (
            insert into meanwhile.job (job_id, sequence, last_batch, ttl, timeout, created_at, first_run_at, run_at, updated_at, start_deadline_at, project_id, lane_id,
                max_attempts, status, priority, idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of)
            select job_id, sequence, batch_id, ttl, timeout, created_at, run_at, run_at, created_at, start_deadline_at, project_id, lane_id,
                max_attempts, 1, priority, idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of
            from given order by job_id
        ),
        bodies as (
            insert into meanwhile.body (job_id, statement_id, params, labels)
            select job_id, statement_id, params, labels from given where params is not null
        ),
        labelled as (
            insert into meanwhile.label (project_id, name, value, job_id)
            select given.project_id, label.name, label.value, given.job_id
            from unnest($22::uuid[], $23::text[], $24::text[]) as label (job_id, name, value) join given on given.job_id = label.job_id
        ),
        told as (
            insert into meanwhile.event_batch (batch_id, at, project_id, job_ids, sequences, job_numbers, previous, ats, kinds, statuses, attempts, details)
            select batch_id, max(created_at), project_id, array_agg(job_id order by ordinal), array_agg(sequence order by ordinal), array_agg(1::bigint), array_agg(null::bigint),
                array_agg(created_at order by ordinal), array_agg(0::smallint), array_agg(1::smallint), array_agg(0), array_agg(null::text)
            from given
            group by batch_id, project_id
        ),
        counted as (
            insert into meanwhile.status_delta (project_id, status, delta)
            select project_id, 1, count(*) from given group by project_id
        )
        select job_id, sequence from given
        """;

    /// <summary>The sequence of jobs that are there. Parameters: $1 ids.</summary>
    public const string Known = // language=postgresql
        """
        select job.job_id, job.sequence from unnest($1::uuid[]) as asked (job_id) join meanwhile.job on job.job_id = asked.job_id
        union all
        select job.job_id, job.sequence from unnest($1::uuid[]) as asked (job_id)
        cross join lateral (select * from meanwhile.history where history.job_id = asked.job_id limit 1) as job
        """;

    /// <summary>The jobs of idempotency keys. Parameters, arrays: $1 ordinal, $2 project_id, $3 submitted_by, $4 key.</summary>
    public const string Keys = // language=postgresql
        """
        select asked.ordinal, idempotency.job_id, idempotency.content_hash
        from unnest($1::integer[], $2::integer[], $3::text[], $4::text[]) as asked (ordinal, project_id, submitted_by, key)
        join meanwhile.idempotency on idempotency.project_id = asked.project_id and idempotency.submitted_by = asked.submitted_by and idempotency.key = asked.key
        """;

    /// <summary>Makes projects that are new. Parameters: $1 names.</summary>
    public const string AddProjects = // language=postgresql
        "insert into meanwhile.project (name) select name from unnest($1::text[]) as asked (name) order by name on conflict do nothing";

    /// <summary>Parameters: $1 names.</summary>
    public const string Projects = "select project_id, name from meanwhile.project where name = any($1::text[])";

    /// <summary>Takes a block of sequences. Parameters: $1 project_id, $2 how many. Answers the last.</summary>
    public const string TakeSequences = "update meanwhile.project set last_sequence = last_sequence + $2 where project_id = $1 returning last_sequence";

    /// <summary>Makes lanes that are new. Parameters, arrays: $1 project_id, $2 source, $3 tool, $4 limit_key.</summary>
    public const string AddLanes = // language=postgresql
        """
        insert into meanwhile.lane (project_id, source, tool, limit_key)
        select * from unnest($1::integer[], $2::text[], $3::text[], $4::text[]) as asked (project_id, source, tool, limit_key) order by 1, 2, 3, 4
        on conflict do nothing
        """;

    /// <summary>Parameters, arrays: $1 project_id, $2 source, $3 tool, $4 limit_key.</summary>
    public const string Lanes = // language=postgresql
        """
        select lane.lane_id, lane.project_id, lane.source, lane.tool, lane.limit_key
        from unnest($1::integer[], $2::text[], $3::text[], $4::text[]) as asked (project_id, source, tool, limit_key)
        join meanwhile.lane on lane.project_id = asked.project_id and lane.source = asked.source and lane.tool = asked.tool and lane.limit_key = asked.limit_key
        """;

    /// <summary>Stores texts that are new, and says that all are used. Parameters: $1 hashes, $2 texts, $3 now or null. Answers their ids.</summary>
    public const string AddStatements = // language=postgresql
        """
        insert into meanwhile.statement (hash, text, used_at)
        select hash, text, coalesce($3::timestamptz, clock_timestamp()) from unnest($1::bytea[], $2::text[]) as asked (hash, text) order by hash
        on conflict (hash) do update set used_at = excluded.used_at
        returning statement_id, hash
        """;
}
