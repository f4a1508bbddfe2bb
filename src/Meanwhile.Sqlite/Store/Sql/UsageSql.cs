namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements about what projects and principals use.</summary>
internal static class UsageSql
{
    /// <summary>Submissions counted in the newest window. Parameters: project_id, principal, kind.</summary>
    public const string Submissions = "select window_start, used from usage where project_id = ?1 and principal = ?2 and kind = ?3";

    /// <summary>Parameters: project_id, principal, kind, window_start, used.</summary>
    public const string SetSubmissions = // language=sqlite
        """
        insert into usage (project_id, principal, kind, window_start, used) values (?1, ?2, ?3, ?4, ?5)
        on conflict do update set window_start = excluded.window_start, used = excluded.used
        """;

    /// <summary>How many of a principal's jobs wait or run. Parameters: project_id, principal.</summary>
    /// <remarks>Looks at every waiting and running job of the project, by the indexes that claims use anyway: one for principals would cost each job two more writes.</remarks>
    public const string LiveJobs = // language=sqlite
        """
        select (select count(*) from job indexed by job_pending
                where status = 1 and lane_id in (select lane_id from lane where project_id = ?1) and submitted_by = ?2)
             + (select count(*) from job indexed by job_running where status = 2 and project_id = ?1 and submitted_by = ?2)
        """;
}
