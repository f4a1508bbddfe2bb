namespace Meanwhile.Postgres.Store.Sql;

/// <summary>The one statement that writes what changes of live jobs, with their events: endings move to history, all in one snapshot.</summary>
/// <remarks>
/// Parameters: $1 job_id, $2 version and $3 event_count as they were when the change was decided, then the state afterwards ($4 status, $5 run_at, $6 started_at, $7 finished_at,
/// $8 updated_at, $9 expires_at, $10 attempt, $11 attempts_counted, $12 fence, $13 owner_id (null = as it was, while it runs), $14 effects_begun, $15 finish_id, $16 cancel, $17 error, $18 result, $19 version,
/// $20 event_count, $24 commit_intent, $25 stored bytes of the result) and the event ($21 kind or null, $22 detail, $23 when, null = updated_at): arrays of one length; an array that is null means null for all.
/// A job that has changed since is passed over: the rows that come back say which were written.
/// </remarks>
internal static class ChangeSql
{
    private const string Asked = // language=postgresql
        """
        with asked as materialized (
            select * from unnest(
                $1::uuid[], $2::bigint[], $3::bigint[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[],
                $10::integer[], $11::integer[], $12::bigint[], $13::integer[], $14::boolean[], $15::uuid[], $16::text[], $17::text[], $18::text[], $19::bigint[],
                $20::bigint[], $21::smallint[], $22::text[], $23::timestamptz[], $24::text[], $25::bigint[])
            with ordinality as asked (
                job_id, version_before, event_count_before, status, run_at, started_at, finished_at, updated_at, expires_at,
                attempt, attempts_counted, fence, owner_id, effects_begun, finish_id, cancel, error, result, version,
                event_count, kind, detail, told_at, commit_intent, result_bytes, ordinal)
        ),

        """;

    private const string Locked = // language=postgresql
        """
        locked as materialized (
            select asked.*, job.project_id, job.lane_id, job.sequence, job.priority, job.last_batch as previous, job.status as was,
                job.ttl, job.timeout, job.created_at, job.first_run_at, job.start_deadline_at, job.max_attempts, job.idempotent, job.submitted_by, job.idempotency_key,
                job.content_hash, job.trace_parent, job.retry_of
            from asked
            join meanwhile.job on job.job_id = asked.job_id and job.version = asked.version_before and job.event_count = asked.event_count_before

        """;

    private const string Written = // language=postgresql
        """
        ),
        placed as materialized (
            select locked.*, (row_number() over (partition by project_id, kind is null order by ordinal) - 1) / 128 as chunk
            from locked
        ),
        batch as materialized ( -- the ids are drawn after the locks
            select project_id, chunk, nextval('meanwhile.event_batch_id') as batch_id
            from (select distinct project_id, chunk from placed where kind is not null order by project_id, chunk) as chunks
        ),
        told as (
            insert into meanwhile.event_batch (batch_id, at, project_id, job_ids, sequences, job_numbers, previous, ats, kinds, statuses, attempts, details)
            select batch.batch_id, max(coalesce(told_at, updated_at)), project_id, array_agg(job_id order by ordinal), array_agg(sequence order by ordinal),
                array_agg(event_count order by ordinal), array_agg(previous order by ordinal), array_agg(coalesce(told_at, updated_at) order by ordinal), array_agg(kind order by ordinal),
                array_agg(status order by ordinal), array_agg(attempt order by ordinal), array_agg(detail order by ordinal)
            from placed join batch using (project_id, chunk)
            where kind is not null
            group by batch.batch_id, project_id
        ),
        changed as (
            update meanwhile.job
            set status = placed.status, run_at = placed.run_at, started_at = placed.started_at, updated_at = placed.updated_at, attempt = placed.attempt,
                attempts_counted = placed.attempts_counted, fence = placed.fence, owner_id = case when placed.status = 2 then coalesce(placed.owner_id, job.owner_id) end, effects_begun = placed.effects_begun,
                finish_id = placed.finish_id, commit_intent = placed.commit_intent, cancel = placed.cancel, error = placed.error, version = placed.version, event_count = placed.event_count,
                last_batch = coalesce(batch.batch_id, job.last_batch)
            from placed
            left join batch on batch.project_id = placed.project_id and batch.chunk = placed.chunk and placed.kind is not null
            where job.job_id = placed.job_id and placed.status < 3
        ),
        gone as (
            delete from meanwhile.job using placed
            where job.job_id = placed.job_id and placed.status >= 3
        ),
        ended as ( -- from what was locked, not from what was deleted: a join of the two would compare each with each
            insert into meanwhile.history (job_id, sequence, version, event_count, last_batch, fence, ttl, timeout, created_at, first_run_at, run_at, updated_at, started_at,
                start_deadline_at, project_id, lane_id, max_attempts, attempt, attempts_counted, status, priority, idempotent, effects_begun, submitted_by, idempotency_key,
                content_hash, trace_parent, retry_of, finish_id, cancel, error, finished_at, expires_at, result)
            select job_id, sequence, version, event_count, coalesce(batch.batch_id, previous), fence, ttl, timeout, created_at, first_run_at, run_at, updated_at, started_at,
                start_deadline_at, placed.project_id, lane_id, max_attempts, attempt, attempts_counted, status, priority, idempotent, effects_begun, submitted_by, idempotency_key,
                content_hash, trace_parent, retry_of, finish_id, cancel, error, finished_at, expires_at, result
            from placed
            left join batch on batch.project_id = placed.project_id and batch.chunk = placed.chunk and placed.kind is not null
            where placed.status >= 3
        ),
        left_over as (
            delete from meanwhile.checkpoint using placed
            where checkpoint.job_id = placed.job_id and placed.status >= 3
        ),
        counted as (
            insert into meanwhile.status_delta (project_id, status, delta)
            select project_id, status, sum(delta)
            from (
                select project_id, was as status, -1 as delta from placed where was <> status
                union all
                select project_id, status, 1 from placed where was <> status
                union all
                select project_id, 100::smallint, result_bytes from placed where result_bytes is not null
            ) as moves
            group by project_id, status
        )
        select job_id, lane_id, priority from placed
        """;

    /// <summary>Writes, waiting for whoever holds a row.</summary>
    public const string Write = Asked + Locked + "    order by asked.job_id\n    for update of job\n" + Written;

    /// <summary>As <see cref="Write"/>, for a living node alone and passing over rows that another claim holds. Parameters: besides, $26 node_id.</summary>
    public const string Claim = // language=postgresql
        Asked + """
        node as materialized ( -- whoever declares a node dead locks its row for update first, and rescues in a later statement
            select node_id from meanwhile.node where node_id = $26 and ended_at is null for key share
        ),

        """ + Locked + "    where exists (select from node)\n    order by asked.job_id\n    for update of job skip locked\n" + Written;
}
