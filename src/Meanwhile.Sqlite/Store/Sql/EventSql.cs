namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements about events.</summary>
internal static class EventSql
{
    /// <summary>Parameters: as the columns.</summary>
    public const string Insert = // language=sqlite
        """
        insert into event (row, job_row, job_id, job_number, kind, at, status, attempt, detail, previous)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """;

    /// <summary>A project's feed after a place. Parameters: after_row, last_row.</summary>
    public const string Feed = // language=sqlite
        """
        select row, job_row, job_id, job_number, kind, at, status, attempt, detail, previous
        from event where row > ?1 and row <= ?2
        order by row
        """;

    /// <summary>One event. Parameters: row.</summary>
    public const string One = // language=sqlite
        """
        select row, job_row, job_id, job_number, kind, at, status, attempt, detail, previous
        from event where row = ?1
        """;

    /// <summary>The number of a job's newest event. Parameters: job_id, project_id.</summary>
    public const string LastOfJob = "select last_event from job where job_id = ?1 and project_id = ?2";

    /// <summary>The last row within a range. Parameters: first_row, last_row.</summary>
    public const string LastRow = "select row from event where row between ?1 and ?2 order by row desc limit 1";

    /// <summary>What a reader of a project's feed must know. Parameters: name.</summary>
    public const string Project = "select project_id, events_dropped_to from project where name = ?1";

    /// <summary>A project's oldest events. Parameters: first_row, last_row, limit.</summary>
    public const string Oldest = "select row, at from event where row between ?1 and ?2 order by row limit ?3";

    /// <summary>Removes events. Parameters: first_row, last_row.</summary>
    public const string Delete = "delete from event where row between ?1 and ?2";
}
