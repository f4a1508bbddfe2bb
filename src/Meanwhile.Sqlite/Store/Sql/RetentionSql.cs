namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements that remove what is over its time.</summary>
internal static class RetentionSql
{
    /// <summary>Jobs whose time to live is over. Parameters: now, limit.</summary>
    public const string Expiring = // language=sqlite
        """
        select row from job indexed by job_expiring
        where expires_at is not null and expired = 0 and expires_at <= ?1
        order by expires_at, job_id limit ?2
        """;

    /// <summary>What an expiring job leaves in other tables. Parameters: row.</summary>
    public const string Body = "select statement_id, labels from body where row = ?1";

    /// <summary>Parameters: row.</summary>
    public const string DeleteBody = "delete from body where row = ?1";

    /// <summary>Parameters: row.</summary>
    public const string DeleteProgress = "delete from progress where row = ?1";

    /// <summary>Parameters: row.</summary>
    public const string DeleteResult = "delete from result where row = ?1";

    /// <summary>Parameters: project_id, name, value, job_id.</summary>
    public const string DeleteLabel = "delete from label where project_id = ?1 and name = ?2 and value = ?3 and job_id = ?4";

    /// <summary>Removes a statement that no body names any more. Parameters: statement_id.</summary>
    public const string DeleteStatement = "delete from statement where statement_id = ?1 and not exists (select 1 from body where statement_id = ?1)";

    /// <summary>Expired jobs that ended long ago. Parameters: finished_before, limit.</summary>
    public const string Forgetting = // language=sqlite
        """
        select row from job indexed by job_forgetting
        where expired = 1 and finished_at <= ?1
        order by finished_at, job_id limit ?2
        """;

    /// <summary>Parameters: row.</summary>
    public const string DeleteJob = "delete from job where row = ?1";
}
