namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements about documents and the audit log.</summary>
internal static class RegistrySql
{
    /// <summary>A document, or what a deleted one left. Parameters: kind, project, name.</summary>
    public const string Get = "select version, json, updated_at from document where kind = ?1 and project = ?2 and name = ?3";

    /// <summary>Documents of a kind in the order of project and name. Parameters: kind, project or null, after_project, after_name, limit.</summary>
    public const string List = // language=sqlite
        """
        select project, name, version, json, updated_at from document
        where kind = ?1 and (project, name) > (?3, ?4) and (?2 is null or project = ?2) and json is not null
        order by project, name limit ?5
        """;

    /// <summary>Parameters: kind, project, name, version, json, updated_at, change.</summary>
    public const string Put = // language=sqlite
        """
        insert into document (kind, project, name, version, json, updated_at, change) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        on conflict (kind, project, name) do update set version = excluded.version, json = excluded.json, updated_at = excluded.updated_at, change = excluded.change
        """;

    /// <summary>The number of the last change; 0 when there was none.</summary>
    public const string LastChange = "select coalesce(max(change), 0) from document";

    /// <summary>Changes after a number, in order. Parameters: after, limit.</summary>
    public const string Changes = "select change, kind, project, name, version, json, updated_at from document where change > ?1 order by change limit ?2";

    /// <summary>Adds an entry; one that is there already, from a try whose answer was lost, stays. Parameters: as the columns.</summary>
    public const string Append = // language=sqlite
        """
        insert into audit (audit_id, at, project, principal, action, subject, detail) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        on conflict (audit_id) do nothing
        """;

    private const string Entries = "select audit_id, at, project, principal, action, subject, detail from audit ";

    /// <summary>Entries of all projects, newest first. Parameters: before, action or null, limit.</summary>
    public const string AuditOfAll = Entries + "where audit_id < ?1 and (?2 is null or action = ?2) order by audit_id desc limit ?3";

    /// <summary>Entries of a project, newest first. Parameters: before, action or null, limit, project.</summary>
    public const string AuditOfProject = Entries + "where project = ?4 and audit_id < ?1 and (?2 is null or action = ?2) order by audit_id desc limit ?3";

    private const string Submissions = // language=sqlite
        """
        select job.job_id, job.created_at, project.name, job.submitted_by, lane.tool, lane.source
        from job
        join lane on lane.lane_id = job.lane_id
        join project on project.project_id = job.project_id

        """;

    /// <summary>Submissions of all projects, newest first. Parameters: before, limit.</summary>
    public const string SubmissionsOfAll = Submissions + "where job.job_id < ?1 order by job.job_id desc limit ?2";

    /// <summary>Submissions of a project, newest first. Parameters: before, limit, project.</summary>
    public const string SubmissionsOfProject = // language=sqlite
        Submissions + "where job.project_id = (select project_id from project where name = ?3) and job.job_id < ?1 order by job.job_id desc limit ?2";
}
