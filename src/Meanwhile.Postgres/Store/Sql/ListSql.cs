namespace Meanwhile.Postgres.Store.Sql;

/// <summary>The parts of the statement that looks for jobs, newest first: arms that each read one index, merged up to the row budget, and a filter over what they give.</summary>
/// <remarks>Parameters: $1 project, $2 before, $3 limit, $4 now or null, $5 statuses, $6 scheduled, $7 tool, $8 source, $9 submitted_by, $10 trace_id, $11 created_from,
/// $12 created_before, $13 and $14 duration in microseconds, $15 words in small letters, $16 and $17 names and values of labels. Null = does not restrict. The row budget, <see cref="Stores.JobList.RowBudget"/>, stands in the text: a plan for any limit would not dare to follow an index.</remarks>
internal static class ListSql
{
    private const string Columns = // language=postgresql
        """
        select job_id, status, project_id, lane_id, submitted_by, run_at, created_at, started_at, trace_parent, error,
        """;

    private const string OfProject = "project_id = (select project_id from meanwhile.project where name = $1) and job_id < $2";

    private const string LiveRows = Columns + " null::timestamptz as finished_at from meanwhile.job where " + OfProject;

    private const string EndedRows = Columns + " finished_at from meanwhile.history where " + OfProject;

    private const string Arm = "select * from (";

    private const string Newest = " order by job_id desc limit 10000) as arm";

    /// <summary>Live jobs of the project.</summary>
    public const string Live = Arm + LiveRows + Newest;

    /// <summary>Those that wait.</summary>
    public const string Waiting = Arm + LiveRows + " and status <= 1" + Newest;

    /// <summary>Those that wait for their time.</summary>
    public const string Scheduled = Arm + LiveRows + " and status = 1 and run_at > coalesce($4::timestamptz, statement_timestamp())" + Newest;

    /// <summary>Those that run.</summary>
    public const string Running = Arm + LiveRows + " and status = 2" + Newest;

    /// <summary>Ended jobs of the project.</summary>
    public const string Ended = Arm + EndedRows + Newest;

    /// <summary>Those that succeeded.</summary>
    public const string Succeeded = Arm + EndedRows + " and status = 3" + Newest;

    /// <summary>Those that failed.</summary>
    public const string Failed = Arm + EndedRows + " and status > 3 and status = 4" + Newest;

    /// <summary>Those that were canceled.</summary>
    public const string Canceled = Arm + EndedRows + " and status > 3 and status = 5" + Newest;

    /// <summary>Those that ran, or waited, too long.</summary>
    public const string TimedOut = Arm + EndedRows + " and status > 3 and status = 6" + Newest;

    private const string OfTraceRows = " and trace_parent is not null and substr(trace_parent, 4, 32) = $10";

    /// <summary>Jobs of a trace.</summary>
    public const string OfTrace = Arm + LiveRows + OfTraceRows + Newest + Or + Arm + EndedRows + OfTraceRows + Newest;

    /// <summary>Jobs with the first of the labels.</summary>
    public const string OfLabel = // language=postgresql
        """
        select job.* from (
            select job_id from meanwhile.label
            where project_id = (select project_id from meanwhile.project where name = $1) and name = ($16::text[])[1] and value = ($17::text[])[1] and job_id < $2
            order by job_id desc limit 10000
        ) as labelled
        cross join lateral (
            select job_id, status, project_id, lane_id, submitted_by, run_at, created_at, started_at, trace_parent, error, null::timestamptz as finished_at
            from meanwhile.job where job.job_id = labelled.job_id
            union all
            select job_id, status, project_id, lane_id, submitted_by, run_at, created_at, started_at, trace_parent, error, finished_at
            from meanwhile.history where history.job_id = labelled.job_id
        ) as job
        """;

    /// <summary>What goes before the arms, which are joined by <see cref="Or"/>.</summary>
    public const string Head = "select job.job_id from (\n";

    /// <summary>Between two arms.</summary>
    public const string Or = "\nunion all\n";

    private const string Budget = "\norder by job_id desc limit 10000) as job\n";

    /// <summary>What goes behind the arms: the filter.</summary>
    public const string Matching = // language=postgresql
        Budget + """
        cross join lateral (select * from meanwhile.lane where lane.lane_id = job.lane_id limit 1) as lane -- one by one, in the order of the jobs: reading stops with the page
        where ($5::smallint[] is null or job.status = any($5))
            and ($6::boolean is null or $6 = (job.status = 1 and job.run_at > coalesce($4::timestamptz, statement_timestamp())))
            and ($7::text is null or lane.tool = $7)
            and ($8::text is null or lane.source = $8)
            and ($9::text is null or job.submitted_by = $9)
            and ($10::text is null or substr(job.trace_parent, 4, 32) = $10)
            and ($11::timestamptz is null or job.created_at >= $11)
            and ($12::timestamptz is null or job.created_at < $12)
            and ($13::bigint is null or job.finished_at - job.started_at >= $13 * interval '1 microsecond')
            and ($14::bigint is null or job.finished_at - job.started_at <= $14 * interval '1 microsecond')
            and ($16::text[] is null or not exists (
                select from unnest($16, $17::text[]) as wanted (name, value)
                where not exists (
                    select from meanwhile.label
                    where label.project_id = job.project_id and label.name = wanted.name and label.value = wanted.value and label.job_id = job.job_id)))
            and ($15::text is null
                or strpos(lower((case when job.error like '%\u0000%' then job.error else job.error::json ->> 'message' end) collate "C"), $15) > 0
                or exists (
                    select from meanwhile.body join meanwhile.statement on statement.statement_id = body.statement_id
                    where body.job_id = job.job_id and strpos(lower(statement.text collate "C"), $15) > 0))
        order by job.job_id desc limit $3
        """;

    /// <summary>What goes behind the arms instead, to know where the row budget ended.</summary>
    public const string LastOfBudget = Budget + "order by job.job_id desc offset 9999";
}
