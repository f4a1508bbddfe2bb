namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements that read jobs whole, and small ones about single jobs.</summary>
/// <remarks>Partitioned tables are looked into by one id at a time, so that each look finds the one partition.</remarks>
internal static class JobSql
{
    private const string Spec = // language=postgresql; the order is JobRows' own
        """
        select job.job_id, job.sequence, project.name, job.submitted_by, lane.tool, lane.source, lane.limit_key, statement.text, body.params, body.labels, job.priority,
            job.created_at, job.first_run_at, job.max_attempts, job.timeout, job.start_deadline_at, job.ttl, job.idempotent, job.idempotency_key, job.content_hash,
            job.trace_parent, job.retry_of, job.status, job.run_at, job.started_at, job.updated_at, job.attempt, job.attempts_counted, job.fence, job.effects_begun,
            job.commit_intent, job.finish_id, job.cancel, job.error, job.version, job.event_count,

        """;

    private const string Progress = "    progress.number, progress.fraction, progress.message, progress.phase, progress.counters, progress.log_bytes,\n";

    private const string NoProgress = "    null::bigint, null::double precision, null::text, null::smallint, null::text, null::bigint,\n";

    private const string Joined = // language=postgresql
        """
        join meanwhile.lane on lane.lane_id = job.lane_id
        join meanwhile.project on project.project_id = job.project_id
        left join lateral (select * from meanwhile.body where body.job_id = job.job_id limit 1) as body on true
        left join meanwhile.statement on statement.statement_id = body.statement_id

        """;

    private const string JoinedProgress = "left join meanwhile.progress on progress.job_id = job.job_id and progress.attempt = job.attempt\n";

    private const string Live = // language=postgresql
        Spec + Progress + """
            node.name, node.epoch, null::timestamptz, null::timestamptz, false, null::text

        """;

    private const string Ended = // language=postgresql
        Spec + Progress + """
            null::text, null::bigint, job.finished_at, job.expires_at, job.expired, job.result

        """;

    private const string LiveById = // language=postgresql
        Live + """
        from unnest($1::uuid[]) as asked (job_id)
        join meanwhile.job on job.job_id = asked.job_id

        """ + Joined + JoinedProgress + "left join meanwhile.node on node.node_id = job.owner_id\n";

    /// <summary>Ended jobs. Parameters: $1 ids.</summary>
    public const string EndedById = // language=postgresql
        Ended + """
        from unnest($1::uuid[]) as asked (job_id)
        cross join lateral (select * from meanwhile.history where history.job_id = asked.job_id limit 1) as job

        """ + Joined + JoinedProgress;

    /// <summary>Jobs, wherever they are, in one snapshot. Parameters: $1 ids.</summary>
    public const string ById = LiveById + "union all\n" + EndedById;

    /// <summary>Waiting jobs, not locked and without the progress of an attempt before. Parameters: $1 ids.</summary>
    public const string Waiting = // language=postgresql
        Spec + NoProgress + """
            null::text, null::bigint, null::timestamptz, null::timestamptz, false, null::text
        from unnest($1::uuid[]) as asked (job_id)
        join meanwhile.job on job.job_id = asked.job_id and job.status = 1

        """ + Joined;

    /// <summary>Locks live jobs in the order of their ids, waiting for others. Parameters: $1 ids.</summary>
    public const string Lock = LiveById + "order by job.job_id\nfor update of job";

    /// <summary>The running jobs of a node's epoch, by id. Parameters: $1 name, $2 epoch, $3 limit.</summary>
    public const string Owned = // language=postgresql
        Live + """
        from meanwhile.node
        join meanwhile.job on job.owner_id = node.node_id and job.status = 2

        """ + Joined + JoinedProgress + "where node.name = $1 and node.epoch = $2\norder by job.job_id limit $3";

    /// <summary>What of a node's work is to be stopped. Parameters: $1 name, $2 epoch.</summary>
    public const string CancelIntents = // language=postgresql
        """
        select job.job_id, job.attempt, job.fence, job.cancel
        from meanwhile.node
        join meanwhile.job on job.owner_id = node.node_id and job.status = 2 and job.cancel is not null
        where node.name = $1 and node.epoch = $2
        order by job.job_id
        """;

    /// <summary>Live jobs that are to be stopped: few at any time. Parameters: $1 limit.</summary>
    public const string ToStop = // language=postgresql
        Live + """
        from meanwhile.job

        """ + Joined + JoinedProgress + "left join meanwhile.node on node.node_id = job.owner_id\nwhere job.cancel is not null\norder by job.job_id limit $1";

    /// <summary>The id of a project's nth job, by the last row that begins before it. Parameters: $1 project, $2 sequence.</summary>
    public const string BySequence = // language=postgresql
        """
        select job_id
        from (
            select job_ids[least($2::bigint - first, 2147483646)::integer + 1] as job_id
            from meanwhile.job_sequence
            where project_id = (select project_id from meanwhile.project where name = $1) and first <= $2
            order by first desc limit 1) as named
        where exists (select from meanwhile.job where job.job_id = named.job_id) or exists (select from meanwhile.history where history.job_id = named.job_id)
        """;

    /// <summary>The job of an idempotency key. Parameters: $1 project, $2 submitted_by, $3 key.</summary>
    public const string ByKey = // language=postgresql
        """
        select job_id from meanwhile.idempotency
        where project_id = (select project_id from meanwhile.project where name = $1) and submitted_by = $2 and key = $3
        """;

    /// <summary>Jobs that waited too long to start, the latest first. Parameters: $1 now or null, $2 limit.</summary>
    public const string MissedStarts = // language=postgresql
        """
        select job_id from meanwhile.job
        where start_deadline_at is not null and status <= 1 and attempt = 0 and start_deadline_at <= coalesce($1::timestamptz, statement_timestamp())
        order by start_deadline_at, job_id limit $2
        """;

    /// <summary>Parameters: $1 ids.</summary>
    public const string Checkpoints = "select job_id, json from meanwhile.checkpoint where job_id = any($1::uuid[])";

    /// <summary>Parameters: $1 job_id, $2 json.</summary>
    public const string SaveCheckpoint = // language=postgresql
        "insert into meanwhile.checkpoint (job_id, json) values ($1, $2) on conflict (job_id) do update set json = excluded.json";

    /// <summary>Keeps how far attempts are. Parameters, arrays: $1 job_id, $2 attempt, $3 number, $4 fraction, $5 message, $6 phase, $7 counters, $8 log_bytes.</summary>
    public const string SaveProgress = // language=postgresql
        """
        insert into meanwhile.progress (job_id, attempt, number, fraction, message, phase, counters, log_bytes)
        select * from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::double precision[], $5::text[], $6::smallint[], $7::text[], $8::bigint[]) as report (job_id, a, n, f, m, p, c, l)
        order by job_id
        on conflict (job_id) do update set attempt = excluded.attempt, number = excluded.number, fraction = excluded.fraction, message = excluded.message,
            phase = excluded.phase, counters = excluded.counters, log_bytes = excluded.log_bytes
        """;

    /// <summary>What decides whether blobs are needed. Parameters: $1 ids.</summary>
    public const string Needs = // language=postgresql
        """
        select job.job_id, job.status, false, job.attempt, job.fence, null::text, job.commit_intent
        from unnest($1::uuid[]) as asked (job_id) join meanwhile.job on job.job_id = asked.job_id
        union all
        select job.job_id, job.status, job.expired, job.attempt, job.fence, job.result, null::text
        from unnest($1::uuid[]) as asked (job_id)
        cross join lateral (select * from meanwhile.history where history.job_id = asked.job_id limit 1) as job
        """;

    /// <summary>The database's time, unless a test decides it. Parameters: $1 now or null.</summary>
    public const string Now = "select coalesce($1::timestamptz, clock_timestamp())";

    /// <summary>A project's counters. Parameters: $1 project.</summary>
    public const string Counts = // language=postgresql
        """
        select status, sum(count)::bigint
        from (
            select status, count from meanwhile.status_count where project_id = (select project_id from meanwhile.project where name = $1) and status < 100
            union all
            select status, delta from meanwhile.status_delta where project_id = (select project_id from meanwhile.project where name = $1) and status < 100
        ) as counts
        group by status having sum(count) > 0
        order by status
        """;

    /// <summary>Adds the deltas up. Under an advisory lock.</summary>
    public const string RollUp = // language=postgresql
        """
        with taken as (
            delete from meanwhile.status_delta
            where ctid = any(array(select ctid from meanwhile.status_delta limit 20000))
            returning project_id, status, delta
        )
        insert into meanwhile.status_count (project_id, status, count)
        select project_id, status, sum(delta) from taken group by project_id, status order by project_id, status
        on conflict (project_id, status) do update set count = status_count.count + excluded.count
        """;
}
