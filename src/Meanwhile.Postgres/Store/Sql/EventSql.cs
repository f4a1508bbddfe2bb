namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about the feed. A batch of events has a number; an event's number is the batch's, and its place in it.</summary>
internal static class EventSql
{
    private const string Columns = // language=postgresql; the order is EventRows' own
        """
        batch_id, number, job_ids, sequences, ats, job_numbers, kinds, statuses, attempts, details
        """;

    /// <summary>Whether any committed batch waits for its number.</summary>
    public const string AnyUnnumbered = "select exists (select from meanwhile.event_batch where number is null and batch_id >= $1)";

    /// <summary>Lets one transaction number at a time; its next statement sees what was committed before.</summary>
    public const string LockFeed = "select pg_advisory_xact_lock(hashtextextended('meanwhile.feed', 0))";

    /// <summary>Numbers committed batches. Parameters: $1 the lowest batch_id that may have none, $2 limit. Answers how many, and the lowest and highest batch.</summary>
    public const string Number = // language=postgresql
        """
        with waiting as materialized (
            select batch_id, row_number() over (order by batch_id) as place
            from (select batch_id from meanwhile.event_batch where number is null and batch_id >= $1 order by batch_id limit $2) as batches
        ),
        feed as (
            update meanwhile.feed set last_number = last_number + (select count(*) from waiting)
            where exists (select from waiting)
            returning last_number
        ),
        numbered as (
            update meanwhile.event_batch
            set number = feed.last_number - (select count(*) from waiting) + waiting.place
            from waiting, feed
            where event_batch.batch_id = waiting.batch_id and event_batch.number is null
        )
        select count(*)::integer, max(batch_id) from waiting
        """;

    /// <summary>Where the feed ends.</summary>
    public const string Last = "select last_number from meanwhile.feed";

    /// <summary>What a reader of a project's feed must know. Parameters: $1 project.</summary>
    public const string Project = "select project_id, events_dropped_to from meanwhile.project where name = $1";

    /// <summary>A project's batches from a number on. Parameters: $1 project_id, $2 number, $3 limit.</summary>
    public const string Feed = // language=postgresql
        "select " + Columns + "\nfrom meanwhile.event_batch where number is not null and project_id = $1 and number >= $2 order by number limit $3";

    /// <summary>The batch of a job's newest event. Parameters: $1 job_id, $2 project_id.</summary>
    public const string LastOfJob = // language=postgresql
        """
        select last_batch from meanwhile.job where job_id = $1 and project_id = $2
        union all
        select last_batch from meanwhile.history where job_id = $1 and project_id = $2
        """;

    /// <summary>A job's batches, newest first, each found by the one after it. Parameters: $1 batch_id, $2 job_id, $3 limit, $4 number of the last that is wanted.</summary>
    public const string Chain = // language=postgresql
        """
        with recursive chain as (
            select event_batch.*, event_batch.previous[array_position(job_ids, $2)] as before, 1 as place
            from meanwhile.event_batch where batch_id = $1
            union all
            select older.*, older.previous[array_position(older.job_ids, $2)], chain.place + 1
            from chain
            cross join lateral (select event_batch.* from meanwhile.event_batch where event_batch.batch_id = chain.before limit 1) as older
            where chain.place < $3 and (chain.number is null or chain.number >= $4)
        )
        select
        """ + " " + Columns + "\nfrom chain where number is not null order by place";

    /// <summary>The oldest batches of a project. Parameters: $1 project_id, $2 limit.</summary>
    public const string Oldest = "select batch_id, number, at, cardinality(job_ids) from meanwhile.event_batch where number is not null and project_id = $1 order by number limit $2";

    /// <summary>Projects with events that are old enough to go. Parameters: $1 until.</summary>
    public const string ProjectsWithOld = // language=postgresql
        """
        select project.project_id
        from meanwhile.project
        where exists (select from meanwhile.event_batch where number is not null and project_id = project.project_id and at <= $1)
        order by project.name
        """;

    /// <summary>Removes a project's batches. Parameters: $1 project_id, $2 number of the last.</summary>
    public const string Delete = "delete from meanwhile.event_batch where number is not null and project_id = $1 and number <= $2";

    /// <summary>Remembers up to where a project's events are gone. Parameters: $1 project_id, $2 number of an event.</summary>
    public const string DroppedTo = "update meanwhile.project set events_dropped_to = greatest(events_dropped_to, $2) where project_id = $1";
}
