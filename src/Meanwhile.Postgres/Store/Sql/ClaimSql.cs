namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements that find due jobs, without locking any: what is chosen is locked when it is taken.</summary>
/// <remarks>The time of the statement, not of the clock, bounds what is due: only what stays the same within a statement can lead to a place in an index.</remarks>
internal static class ClaimSql
{
    /// <summary>Lanes by their ids. Parameters: $1 ids.</summary>
    public const string LanesById = // language=postgresql
        """
        select lane.lane_id, project.name, lane.source, lane.tool, lane.limit_key
        from meanwhile.lane join meanwhile.project on project.project_id = lane.project_id
        where lane.lane_id = any($1::integer[])
        """;

    /// <summary>How many jobs run in each lane where any does, and since when the oldest does. Parameters: $1 since when at most.</summary>
    public const string Running = "select lane_id, count(*)::integer, min(started_at) from meanwhile.job where status = 2 and started_at >= $1 group by lane_id";

    /// <summary>Where jobs wait: pairs of lane and priority after a place, by the index alone. Parameters: $1 lane_id, $2 priority, $3 limit.</summary>
    public const string Queues = // language=postgresql
        """
        with recursive queue as (
            (select lane_id, priority, 1 as found from meanwhile.job where status = 1 and (lane_id, priority) > ($1, $2) order by lane_id, priority limit 1)
            union all
            select next.lane_id, next.priority, queue.found + 1
            from queue
            cross join lateral (
                select job.lane_id, job.priority from meanwhile.job
                where job.status = 1 and (job.lane_id, job.priority) > (queue.lane_id, queue.priority)
                order by job.lane_id, job.priority limit 1) as next
            where queue.found < $3
        )
        select lane_id, priority from queue
        """;

    /// <summary>Due jobs of queues in claim order, each read as far as asked for. Parameters, arrays: $1 lane_id, $2 priority, $3 from run_at; $4 now or null; $5 an array, the limit of each.</summary>
    public const string Due = // language=postgresql
        """
        select queue.ordinal::integer, due.job_id, due.run_at, due.sequence
        from unnest($1::integer[], $2::smallint[], $3::timestamptz[], $5::integer[]) with ordinality as queue (lane_id, priority, from_at, jobs_max, ordinal)
        cross join lateral (
            select job_id, run_at, sequence from meanwhile.job
            where status = 1 and lane_id = queue.lane_id and priority = queue.priority
                and run_at >= queue.from_at -- skips what vacuum could not yet remove
                and run_at <= coalesce($4::timestamptz, statement_timestamp())
            order by run_at, sequence limit queue.jobs_max) as due
        """;

    /// <summary>When the next job of each queue is due that is not yet. Parameters: as of <see cref="Due"/>, without $5.</summary>
    public const string NextDue = // language=postgresql
        """
        select queue.ordinal::integer,
            (select run_at from meanwhile.job
            where status = 1 and lane_id = queue.lane_id and priority = queue.priority and run_at >= queue.from_at and run_at > coalesce($4::timestamptz, statement_timestamp())
            order by run_at limit 1)
        from unnest($1::integer[], $2::smallint[], $3::timestamptz[]) with ordinality as queue (lane_id, priority, from_at, ordinal)
        """;

    /// <summary>Takes limit keys, one transaction at a time, in an order that all share. Parameters: $1 keys.</summary>
    public const string LockKeys = // language=postgresql
        """
        select pg_advisory_xact_lock(key)
        from (select distinct hashtextextended('meanwhile.limit ' || name, 0) as key from unnest($1::text[]) as asked (name) order by 1) as keys
        """;

    /// <summary>Which of some jobs are due, and where they wait. Parameters: $1 ids, $2 now or null.</summary>
    public const string Places = // language=postgresql
        """
        select job.job_id, job.project_id, job.lane_id
        from unnest($1::uuid[]) as asked (job_id)
        cross join lateral (select * from meanwhile.job where job.job_id = asked.job_id limit 1) as job -- by the primary key, whatever the planner knew of the table when it last planned
        where job.status = 1 and job.run_at <= coalesce($2::timestamptz, statement_timestamp())
        """;

    /// <summary>The places of jobs among the first that are due in a source's queue, or without one in a tool's; and the first of each of its queues, for the marks.</summary>
    /// <remarks>Parameters: $1 project_id, $2 source, $3 tool, $4 now or null, $5 how far to look, $6 ids; arrays, of queues whose marks are known: $7 lane_id, $8 priority, $9 from run_at.</remarks>
    public const string Ahead = // language=postgresql
        """
        select job_id, place::integer, lane_id, priority, run_at, nth = 1
        from (
            select due.*, row_number() over (order by due.priority desc, due.run_at, due.sequence) - 1 as place
            from meanwhile.lane
            cross join generate_series(0, 10) as level (priority)
            cross join lateral (
                select job_id, lane_id, priority, run_at, sequence, row_number() over (order by run_at, sequence) as nth from meanwhile.job
                where status = 1 and lane_id = lane.lane_id and priority = level.priority::smallint and run_at <= coalesce($4::timestamptz, statement_timestamp())
                    and run_at >= coalesce((select from_at from unnest($7::integer[], $8::smallint[], $9::timestamptz[]) as mark (lane_id, priority, from_at)
                        where mark.lane_id = lane.lane_id and mark.priority = level.priority), '-infinity')
                order by run_at, sequence limit $5) as due
            where lane.project_id = $1 and lane.source = $2 and ($2 <> '' or lane.tool = $3)
        ) as places
        where nth = 1 or (place < $5 and job_id = any($6::uuid[]))
        """;
}
