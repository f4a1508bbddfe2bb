namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements about projects, lanes and what waits in them.</summary>
internal static class LaneSql
{
    /// <summary>Every project with its counters.</summary>
    public const string Projects = // language=sqlite
        """
        select project_id, name, last_sequence, events_dropped_to, blocked, pending, running, succeeded, failed, canceled, timeout, result_bytes from project
        """;

    /// <summary>Parameters: project_id, name.</summary>
    public const string InsertProject = "insert into project (project_id, name) values (?1, ?2)";

    /// <summary>Writes a project's counters. Parameters: project_id, then as the columns.</summary>
    public const string UpdateProject = // language=sqlite
        """
        update project set last_sequence = ?2, events_dropped_to = ?3, blocked = ?4, pending = ?5, running = ?6, succeeded = ?7, failed = ?8,
            canceled = ?9, timeout = ?10, result_bytes = ?11
        where project_id = ?1
        """;

    /// <summary>Every lane.</summary>
    public const string Lanes = "select lane_id, project_id, source, tool, limit_key from lane";

    /// <summary>Parameters: project_id, source, tool, limit_key.</summary>
    public const string InsertLane = "insert into lane (project_id, source, tool, limit_key) values (?1, ?2, ?3, ?4)";

    /// <summary>How many jobs wait in each lane.</summary>
    public const string PendingByLane = "select lane_id, count(*) from job indexed by job_pending where status = 1 group by lane_id";

    /// <summary>The lane of each running job.</summary>
    public const string RunningLanes = "select lane_id from job indexed by job_running where status = 2";

    /// <summary>The next lower priority at which a lane's jobs wait. Parameters: lane_id, below.</summary>
    public const string NextPriority = // language=sqlite
        """
        select priority from job indexed by job_pending
        where status = 1 and lane_id = ?1 and priority < ?2
        order by priority desc limit 1
        """;

    /// <summary>A lane's due jobs of one priority, in claim order, after a place. Parameters: lane_id, priority, now, after_run_at, after_row, limit.</summary>
    public const string Due = // language=sqlite
        """
        select row, run_at from job indexed by job_pending
        where status = 1 and lane_id = ?1 and priority = ?2 and run_at <= ?3 and (run_at, row) > (?4, ?5)
        order by run_at, row limit ?6
        """;

    /// <summary>When a lane's next job of a priority will be due. Parameters: lane_id, priority, now.</summary>
    public const string NextDue = // language=sqlite
        """
        select run_at from job indexed by job_pending
        where status = 1 and lane_id = ?1 and priority = ?2 and run_at > ?3
        order by run_at limit 1
        """;

    /// <summary>The lanes that share a queue with a job: its source's, or without one its tool's. Parameters: project_id, source, tool.</summary>
    public const string QueueLanes = "select lane_id from lane where project_id = ?1 and source = ?2 and (?2 <> '' or tool = ?3)";

    /// <summary>How many of a lane's jobs of a priority are due, up to a limit. Parameters: lane_id, priority, now, limit.</summary>
    public const string CountDue = // language=sqlite
        """
        select count(*) from (
            select 1 from job indexed by job_pending
            where status = 1 and lane_id = ?1 and priority = ?2 and run_at <= ?3
            limit ?4)
        """;

    /// <summary>How many of a lane's jobs of a priority are before a place, up to a limit. Parameters: lane_id, priority, run_at, row, limit.</summary>
    public const string CountAhead = // language=sqlite
        """
        select count(*) from (
            select 1 from job indexed by job_pending
            where status = 1 and lane_id = ?1 and priority = ?2 and (run_at, row) < (?3, ?4)
            limit ?5)
        """;

    /// <summary>What the position of a job depends on. Parameters: job_id.</summary>
    public const string Place = // language=sqlite
        """
        select job.row, job.status, job.priority, job.run_at, job.project_id, lane.source, lane.tool
        from job join lane on lane.lane_id = job.lane_id
        where job.job_id = ?1
        """;
}
