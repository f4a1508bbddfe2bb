namespace Meanwhile.Postgres.Store.Sql;

/// <summary>The two statements that change live jobs, with their events, all in one snapshot: one for what a node claims, one for everything else.</summary>
/// <remarks>
/// A job that has changed since is passed over: one row comes back, with the ids and lanes of those that were written, or nulls. Each job is locked by a look of its own, in the order of the ids, which stays quick whatever
/// the planner knew of the table, and is then written by its place (ctid), which cannot move while it is locked. Batches of events are drawn as many as the caller says, and found by
/// their number in the list: a join would compare each job with each batch. The ids of a job's batches ascend, as what was drawn before was committed before this statement's snapshot knew the version.
/// </remarks>
internal static class ChangeSql
{
    private const string Drawn = // language=postgresql
        "drawn as materialized (select array(select nextval('meanwhile.event_batch_id') from generate_series(1, $1)) as ids),\n";

    private const string Told = // language=postgresql
        """
        told as (
            insert into meanwhile.event_batch (batch_id, at, project_id, job_ids, sequences, job_numbers, previous, ats, kinds, statuses, attempts, details)
            select batch_id, max(told_at), min(project_id), array_agg(job_id), array_agg(sequence), array_agg(event_count), array_agg(previous), array_agg(told_at),
                array_agg(kind), array_agg(status), array_agg(attempt), array_agg(detail)
            from (
                select batch_id, told_at, project_id, job_id, sequence, event_count, previous, kind, status, attempt, detail
                from locked where kind is not null order by batch_id, ordinal
            ) as events
            group by batch_id
        ),

        """;

    private const string Counted = // language=postgresql
        """
        counted as (
            insert into meanwhile.status_delta (project_id, status, delta)
            select project_id, deltas.status, sum(delta)
            from (select project_id, was, status, count(*) as jobs, sum(result_bytes) as bytes from locked where was <> status group by project_id, was, status) as moves
            cross join lateral (values (moves.was, -jobs), (moves.status, jobs), (100::smallint, bytes)) as deltas (status, delta)
            where delta is not null
            group by project_id, deltas.status
        )
        select array_agg(job_id), array_agg(lane_id) from locked
        """;

    /// <summary>Writes what was decided, waiting for whoever holds a row; endings move to history.</summary>
    /// <remarks>
    /// Parameters: $1 how many batches of events; then arrays of one length, where an array that is null means null for all: $2 job_id, $3 the batch of its event (null = no event),
    /// $4 version and $5 event_count as they were when the change was decided, and the state afterwards: $6 status, $7 run_at, $8 started_at, $9 finished_at, $10 updated_at, $11 expires_at,
    /// $12 attempt, $13 attempts_counted, $14 fence, $15 effects_begun, $16 finish_id, $17 cancel, $18 error, $19 result, $20 version, $21 event_count, $22 commit_intent,
    /// $23 stored bytes of the result; and the event: $24 kind, $25 detail, $26 when (null = updated_at).
    /// </remarks>
    public const string Write = "with " + Drawn + // language=postgresql
        """
        locked as materialized (
            select asked.*, job.*, coalesce((select ids from drawn)[number], previous) as batch_id, coalesce(event_at, updated_at) as told_at
            from (
                select * from unnest(
                    $2::uuid[], $3::integer[], $4::bigint[], $5::bigint[], $6::smallint[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
                    $12::integer[], $13::integer[], $14::bigint[], $15::boolean[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::bigint[], $21::bigint[], $22::text[],
                    $23::bigint[], $24::smallint[], $25::text[], $26::timestamptz[])
                with ordinality as asked (
                    job_id, number, version_before, event_count_before, status, run_at, started_at, finished_at, updated_at, expires_at,
                    attempt, attempts_counted, fence, effects_begun, finish_id, cancel, error, result, version, event_count, commit_intent,
                    result_bytes, kind, detail, event_at, ordinal)
                order by job_id
            ) as asked
            cross join lateral (
                select ctid as place, project_id, lane_id, sequence, priority, last_batch as previous, status as was, owner_id, ttl, timeout, created_at, first_run_at, start_deadline_at,
                    max_attempts, idempotent, submitted_by, idempotency_key, content_hash, trace_parent, retry_of
                from meanwhile.job as live
                where live.job_id = asked.job_id and live.version = asked.version_before and live.event_count = asked.event_count_before
                limit 1 for update
            ) as job
        ),

        """ + Told + // language=postgresql
        """
        changed as (
            update meanwhile.job
            set status = locked.status, run_at = locked.run_at, started_at = locked.started_at, updated_at = locked.updated_at, attempt = locked.attempt,
                attempts_counted = locked.attempts_counted, fence = locked.fence, owner_id = case when locked.status = 2 then locked.owner_id end, effects_begun = locked.effects_begun,
                finish_id = locked.finish_id, commit_intent = locked.commit_intent, cancel = locked.cancel, error = locked.error, version = locked.version, event_count = locked.event_count,
                last_batch = batch_id
            from locked
            where job.ctid = place and locked.status < 3
        ),
        gone as (
            delete from meanwhile.job where ctid = any(array(select place from locked where status >= 3)) -- a list costs half of a join, which carries whole rows along
        ),
        ended as (
            insert into meanwhile.history (job_id, sequence, version, event_count, last_batch, fence, ttl, timeout, created_at, first_run_at, run_at, updated_at, started_at,
                start_deadline_at, project_id, lane_id, max_attempts, attempt, attempts_counted, status, priority, idempotent, effects_begun, submitted_by, idempotency_key,
                content_hash, trace_parent, retry_of, finish_id, cancel, error, finished_at, expires_at, result)
            select job_id, sequence, version, event_count, batch_id, fence, ttl, timeout, created_at, first_run_at, run_at, updated_at, started_at,
                start_deadline_at, project_id, lane_id, max_attempts, attempt, attempts_counted, status, priority, idempotent, effects_begun, submitted_by, idempotency_key,
                content_hash, trace_parent, retry_of, finish_id, cancel, error, finished_at, expires_at, result
            from locked
            where status >= 3
        ),
        left_over as (
            delete from meanwhile.checkpoint where job_id = any(array(select job_id from locked where status >= 3))
        ),

        """ + Counted;

    /// <summary>Gives jobs to a living node, passing over rows that another claim holds. An attempt begins without effects and without an error.</summary>
    /// <remarks>
    /// Parameters: $1 how many batches of events, $2 node_id, $3 the event's kind, $4 its detail; then arrays: $5 job_id, $6 the batch of its event, $7 version and $8 event_count as they were when the claim was decided,
    /// and afterwards: $9 when it starts, $10 attempt, $11 fence, $12 version, $13 event_count.
    /// Whoever declares a node dead locks its row for update first, and rescues in a later statement: so the node's row is held while it is given jobs.
    /// </remarks>
    public const string Claim = "with " + Drawn + // language=postgresql
        """
        node as materialized (
            select node_id from meanwhile.node where node_id = $2 and ended_at is null for key share
        ),
        locked as materialized (
            select asked.*, job.*, (select ids from drawn)[number] as batch_id, 2::smallint as status, $3::smallint as kind, $4::text as detail, null::bigint as result_bytes
            from (
                select * from unnest($5::uuid[], $6::integer[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[])
                with ordinality as asked (job_id, number, version_before, event_count_before, told_at, attempt, fence, version, event_count, ordinal)
                order by job_id
            ) as asked
            cross join lateral (
                select ctid as place, project_id, lane_id, sequence, priority, last_batch as previous, status as was
                from meanwhile.job as live
                where live.job_id = asked.job_id and live.version = asked.version_before and live.event_count = asked.event_count_before
                limit 1 for update skip locked
            ) as job
            where exists (select from node)
        ),

        """ + Told + // language=postgresql
        """
        changed as (
            update meanwhile.job
            set status = 2, owner_id = $2, started_at = told_at, updated_at = told_at, attempt = locked.attempt, fence = locked.fence, effects_begun = false, error = null,
                version = locked.version, event_count = locked.event_count, last_batch = batch_id
            from locked
            where job.ctid = place
        ),

        """ + Counted;
}
