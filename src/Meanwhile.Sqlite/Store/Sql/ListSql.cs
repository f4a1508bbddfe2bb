namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements that look for jobs, newest first. Each drives one index; the rest of a filter is checked row by row, up to the row budget.</summary>
internal static class ListSql
{
    private const string Columns = // language=sqlite; the order is JobScan's own
        """
        select job.row, job.job_id, job.status, job.lane_id, job.submitted_by, job.run_at, job.created_at, job.started_at, job.finished_at, job.trace_parent, job.error

        """;

    /// <summary>All jobs of a project. Parameters: project_id, before.</summary>
    public const string All = Columns + "from job indexed by job_by_project where project_id = ?1 and job_id < ?2 order by job_id desc";

    /// <summary>Running jobs. Parameters: project_id, before.</summary>
    public const string Running = Columns + "from job indexed by job_running where status = 2 and project_id = ?1 and job_id < ?2 order by job_id desc";

    /// <summary>Failed jobs. Parameters: project_id, before.</summary>
    public const string Failed = Columns + EndedBadly + "4" + OfProject;

    /// <summary>Canceled jobs. Parameters: project_id, before.</summary>
    public const string Canceled = Columns + EndedBadly + "5" + OfProject;

    /// <summary>Jobs that ran, or waited, too long. Parameters: project_id, before.</summary>
    public const string TimedOut = Columns + EndedBadly + "6" + OfProject;

    private const string EndedBadly = "from job indexed by job_ended_badly where status > 3 and status = ";

    private const string OfProject = " and project_id = ?1 and job_id < ?2 order by job_id desc";

    private const string WaitingRows = // language=sqlite; from the index of the lanes alone
        """
        select job.row from lane cross join job indexed by job_pending on job.lane_id = lane.lane_id
        where job.status = 1 and lane.project_id = ?1 and job.run_at > ?3 limit ?4
        """;

    /// <summary>Pending jobs whose time comes after one, sorted: only for few. Parameters: project_id, before, run_at, limit.</summary>
    public const string Waiting = Columns + "from (" + WaitingRows + ") as waiting cross join job on job.row = waiting.row where job.job_id < ?2 order by job.job_id desc";

    /// <summary>How many <see cref="Waiting"/> would sort. Parameters: project_id, none, run_at, limit.</summary>
    public const string WaitingCount = "select count(*) from (" + WaitingRows + ")";

    /// <summary>Jobs of a trace. Parameters: project_id, before, trace_id.</summary>
    public const string OfTrace = // language=sqlite
        Columns + "from job indexed by job_by_trace where trace_parent is not null and project_id = ?1 and substr(trace_parent, 4, 32) = ?3 and job_id < ?2 order by job_id desc";

    /// <summary>Jobs with a label. Parameters: project_id, before, name, value.</summary>
    public const string OfLabel = // language=sqlite
        Columns + """
        from label cross join job on job.job_id = label.job_id
        where label.project_id = ?1 and label.name = ?3 and label.value = ?4 and label.job_id < ?2
        order by label.job_id desc
        """;

    /// <summary>Whether a job has a label. Parameters: project_id, name, value, job_id.</summary>
    public const string HasLabel = "select 1 from label where project_id = ?1 and name = ?2 and value = ?3 and job_id = ?4";

    /// <summary>Which statement a job runs. Parameters: row.</summary>
    public const string StatementOf = "select statement_id from body where row = ?1";

    /// <summary>Parameters: statement_id.</summary>
    public const string StatementText = "select text from statement where statement_id = ?1";

    /// <summary>A project's lanes that fit. Parameters: project_id, tool or null, source or null.</summary>
    public const string Lanes = "select lane_id from lane where project_id = ?1 and (?2 is null or tool = ?2) and (?3 is null or source = ?3)";

    /// <summary>A project's counters. Parameters: name.</summary>
    public const string Counts = "select blocked, pending, running, succeeded, failed, canceled, timeout from project where name = ?1";

    /// <summary>Parameters: name.</summary>
    public const string ProjectId = "select project_id from project where name = ?1";

    /// <summary>What decides whether an attempt's blobs are needed. Parameters: job_id.</summary>
    public const string Need = // language=sqlite
        """
        select job.status, job.expired, job.attempt, job.fence, result.manifest, job.commit_intent
        from job left join result on result.row = job.row
        where job.job_id = ?1
        """;
}
