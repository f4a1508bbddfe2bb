namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements that write jobs and read them whole.</summary>
internal static class JobSql
{
    private const string Whole = // language=sqlite; the order is JobRows' own
        """
        select job.row, job.lane_id, job.last_event, job.job_id, project.name, job.submitted_by, lane.tool, lane.source, lane.limit_key,
            statement.text, body.params, body.labels, job.priority, job.created_at, job.first_run_at, job.max_attempts, job.timeout, job.start_deadline_at,
            job.ttl, job.idempotent, job.idempotency_key, job.content_hash, job.trace_parent, job.retry_of,
            job.status, job.run_at, job.started_at, job.finished_at, job.updated_at, job.expires_at, job.expired, job.attempt, job.attempts_counted,
            job.fence, node.name, node.epoch, job.effects_begun, job.commit_intent, job.finish_id, job.cancel, job.error, result.manifest, job.version, job.event_count,
            progress.number, progress.fraction, progress.message, progress.phase, progress.counters, progress.log_bytes
        from job
        join lane on lane.lane_id = job.lane_id
        join project on project.project_id = job.project_id
        left join body on body.row = job.row
        left join statement on statement.statement_id = body.statement_id
        left join node on node.node_id = job.owner_id
        left join result on result.row = job.row
        left join progress on progress.row = job.row and progress.attempt = job.attempt

        """;

    /// <summary>A job by its id. Parameters: job_id.</summary>
    public const string ById = Whole + "where job.job_id = ?1";

    /// <summary>A job by its row. Parameters: row.</summary>
    public const string ByRow = Whole + "where job.row = ?1";

    /// <summary>Where a job lies. Parameters: job_id.</summary>
    public const string RowById = "select row from job where job_id = ?1";

    /// <summary>The id of the job in a row. Parameters: row.</summary>
    public const string IdByRow = "select job_id from job where row = ?1";

    /// <summary>The job of an idempotency key. Parameters: project_id, submitted_by, idempotency_key.</summary>
    public const string ByIdempotencyKey = "select job_id, content_hash from job where project_id = ?1 and submitted_by = ?2 and idempotency_key = ?3";

    /// <summary>Adds a job unless its id is there already, which then shows in the number of changes. Parameters: as the columns.</summary>
    public const string Insert = // language=sqlite
        """
        insert into job (row, job_id, project_id, lane_id, submitted_by, priority, created_at, first_run_at, max_attempts, timeout, start_deadline_at,
            ttl, idempotent, idempotency_key, content_hash, trace_parent, retry_of, status, run_at, updated_at, last_event)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 1, ?8, ?7, ?18)
        on conflict (job_id) do nothing
        """;

    /// <summary>Writes all that changes of a job. Parameters: row, then as the columns.</summary>
    public const string Update = // language=sqlite
        """
        update job set status = ?2, run_at = ?3, started_at = ?4, finished_at = ?5, updated_at = ?6, expires_at = ?7, expired = ?8, attempt = ?9,
            attempts_counted = ?10, fence = ?11, owner_id = ?12, effects_begun = ?13, finish_id = ?14, cancel = ?15, error = ?16, version = ?17,
            event_count = ?18, last_event = ?19, commit_intent = ?20
        where row = ?1
        """;

    /// <summary>Counts one more event, which no index knows of. Parameters: row, event_count, last_event.</summary>
    public const string CountEvent = "update job set event_count = ?2, last_event = ?3 where row = ?1";

    /// <summary>Parameters: row, statement_id, params, labels.</summary>
    public const string InsertBody = "insert into body (row, statement_id, params, labels) values (?1, ?2, ?3, ?4)";

    /// <summary>Parameters: project_id, name, value, job_id.</summary>
    public const string InsertLabel = "insert into label (project_id, name, value, job_id) values (?1, ?2, ?3, ?4)";

    /// <summary>Parameters: hash.</summary>
    public const string StatementByHash = "select statement_id from statement where hash = ?1";

    /// <summary>Parameters: hash, text.</summary>
    public const string InsertStatement = "insert into statement (hash, text) values (?1, ?2)";

    /// <summary>Keeps a result's manifest. Parameters: row, manifest.</summary>
    public const string SaveResult = "insert into result (row, manifest) values (?1, ?2) on conflict (row) do update set manifest = excluded.manifest";

    /// <summary>Parameters: row, json.</summary>
    public const string SaveCheckpoint = "insert into checkpoint (row, json) values (?1, ?2) on conflict (row) do update set json = excluded.json";

    /// <summary>Parameters: row.</summary>
    public const string DeleteCheckpoint = "delete from checkpoint where row = ?1";

    /// <summary>Parameters: job_id.</summary>
    public const string Checkpoint = "select checkpoint.json from job join checkpoint on checkpoint.row = job.row where job.job_id = ?1";

    /// <summary>Parameters: row.</summary>
    public const string CheckpointByRow = "select json from checkpoint where row = ?1";

    /// <summary>Keeps how far an attempt is. Parameters: as the columns.</summary>
    public const string SaveProgress = // language=sqlite
        """
        insert into progress (row, attempt, number, fraction, message, phase, counters, log_bytes) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        on conflict (row) do update set attempt = excluded.attempt, number = excluded.number, fraction = excluded.fraction, message = excluded.message,
            phase = excluded.phase, counters = excluded.counters, log_bytes = excluded.log_bytes
        """;

    /// <summary>Jobs that waited too long to start, the latest first. Parameters: now, limit.</summary>
    public const string MissedStarts = // language=sqlite
        """
        select row from job indexed by job_start_deadline
        where start_deadline_at is not null and status <= 1 and attempt = 0 and start_deadline_at <= ?1
        order by start_deadline_at, job_id limit ?2
        """;

    /// <summary>The running jobs of a node's epoch, by id. Parameters: node_id, limit.</summary>
    public const string Owned = "select row from job indexed by job_running where status = 2 and owner_id = ?1 order by job_id limit ?2";

    /// <summary>Jobs that are to be stopped: few at any time. Parameters: limit.</summary>
    public const string ToStop = "select row, cancel, status from job indexed by job_to_stop where cancel is not null and status <= 2 order by job_id limit ?1";

    /// <summary>What of a node's work is to be stopped. Parameters: node_id.</summary>
    public const string CancelIntents = // language=sqlite
        """
        select job_id, attempt, fence, cancel from job indexed by job_running
        where status = 2 and owner_id = ?1 and cancel is not null
        order by job_id
        """;
}
