namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements that accept jobs.</summary>
internal static class SubmitSql
{
    private const string Known = // language=postgresql
        """
        known as materialized (
            select from unnest($2::integer[], $12::text[], $13::text[]) as asked (project_id, submitted_by, key)
            where asked.key is not null -- one by one, which is quick whatever the planner knew of the table when it last planned
                and (select true from meanwhile.idempotency as used where used.project_id = asked.project_id and used.submitted_by = asked.submitted_by and used.key = asked.key)
        ),
        keyed as (
            insert into meanwhile.idempotency (project_id, submitted_by, key, job_id, content_hash)
            select * from unnest($2::integer[], $12::text[], $13::text[], $1::uuid[], $14::bytea[]) as asked (project_id, submitted_by, key, job_id, content_hash)
            where key is not null and not exists (select from known)
            order by project_id, submitted_by, key
        ),

        """;

    private const string Batch = // language=postgresql
        """
        batch as materialized (
            select number, project_id, first, last, at, nextval('meanwhile.event_batch_id') as batch_id
            from unnest($22::integer[], $23::integer[], $24::integer[], $25::timestamptz[]) with ordinality as batch (project_id, first, last, at, number)
        """;

    private const string Jobs = // language=postgresql
        """

        ),
        added as (
            insert into meanwhile.job (job_id, sequence, last_batch, ttl, timeout, created_at, first_run_at, run_at, updated_at, start_deadline_at, project_id, lane_id,
                max_attempts, status, priority, idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of)
            select job_id, sequence, (select array_agg(batch_id order by number) from batch)[number], ttl, timeout, created_at, run_at, run_at, created_at, start_deadline_at, project_id, lane_id,
                max_attempts, 1, priority, idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of
            from unnest(
                $1::uuid[], $2::integer[], $3::integer[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::integer[], $8::bigint[], $9::timestamptz[], $10::bigint[],
                $11::boolean[], $12::text[], $13::text[], $14::bytea[], $15::text[], $16::uuid[], $20::bigint[], $21::integer[]) as asked (
                job_id, project_id, lane_id, priority, created_at, run_at, max_attempts, timeout, start_deadline_at, ttl,
                idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of, sequence, number)
            where exists (select from batch)
        ),
        bodies as (
            insert into meanwhile.body (job_id, statement_id, params, labels)
            select * from unnest($1::uuid[], $17::bigint[], $18::text[], $19::text[]) as asked (job_id, statement_id, params, labels)
            where exists (select from batch)
        ),

        """;

    private const string Labels = // language=postgresql
        """
        labelled as (
            insert into meanwhile.label (project_id, name, value, job_id)
            select * from unnest($26::integer[], $27::text[], $28::text[], $29::uuid[]) as label (project_id, name, value, job_id)
            where exists (select from batch)
        ),

        """;

    private const string Told = // language=postgresql
        """
        sequenced as (
            insert into meanwhile.job_sequence (project_id, first, job_ids)
            select project_id, ($20::bigint[])[first], ($1::uuid[])[first:last] from batch
        ),
        told as (
            insert into meanwhile.event_batch (batch_id, at, project_id, job_ids, sequences, ats)
            select batch_id, at, project_id, ($1::uuid[])[first:last], ($20::bigint[])[first:last], ($5::timestamptz[])[first:last] from batch
        ),
        counted as (
            insert into meanwhile.status_delta (project_id, status, delta) select project_id, 1, last - first + 1 from batch
        )
        select exists (select from batch)
        """;

    private static readonly string[] s_add = [Compose(false, false), Compose(true, false), Compose(false, true), Compose(true, true)];

    /// <summary>Adds jobs, whole: bodies, keys, labels, events, counters; or none of them, when any is known already by its key. Answers whether they were added.</summary>
    /// <param name="keyed">Whether any has an idempotency key.</param>
    /// <param name="labelled">Whether any has a label.</param>
    /// <remarks>
    /// Parameters, arrays over jobs: $1 job_id, $2 project_id, $3 lane_id, $4 priority, $5 created_at, $6 run_at, $7 max_attempts, $8 timeout, $9 start_deadline_at, $10 ttl, $11 idempotent,
    /// $12 submitted_by, $13 idempotency_key, $14 content_hash, $15 trace_parent, $16 retry_of, $17 statement_id, $18 params, $19 labels, $20 sequence, $21 the batch of the job's event, from 1 on;
    /// arrays over batches of events, each a slice of the jobs, with sequences that follow each other: $22 project_id, $23 first and $24 last job, $25 when;
    /// arrays over labels, if there are any: $26 project_id, $27 name, $28 value, $29 job_id.
    /// Whose id is known fails by the unique index of its body, which stays for as long as the result: so the common case looks nothing up. Whoever uses the same key just now is waited for,
    /// and then this statement fails by the unique index too. What no job needs is left out, as each part costs about as much as a job.
    /// </remarks>
    public static string Add(bool keyed, bool labelled) => s_add[(keyed ? 1 : 0) + (labelled ? 2 : 0)];

    private static string Compose(bool keyed, bool labelled) =>
        "with " + (keyed ? Known : "") + Batch + (keyed ? "\n    where not exists (select from known)" : "") + Jobs + (labelled ? Labels : "") + Told;

    /// <summary>The sequence of jobs that are there. Parameters: $1 ids.</summary>
    public const string Sequences = // language=postgresql
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
