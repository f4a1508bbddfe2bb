namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about documents and the audit log.</summary>
internal static class RegistrySql
{
    /// <summary>Lets one transaction write at a time, so that changes are committed in the order of their numbers. Writes are few.</summary>
    public const string LockRegistry = "select pg_advisory_xact_lock(hashtextextended('meanwhile.registry', 0))";

    /// <summary>A document, or what a deleted one left. Parameters: $1 kind, $2 project, $3 name.</summary>
    public const string Get = "select version, json, updated_at from meanwhile.document where kind = $1 and project = $2 and name = $3";

    /// <summary>Documents of a kind in the order of project and name. Parameters: $1 kind, $2 project or null, $3 after_project, $4 after_name, $5 limit.</summary>
    public const string List = // language=postgresql
        """
        select project, name, version, json, updated_at from meanwhile.document
        where kind = $1 and (project, name) > ($3::text collate "C", $4::text collate "C") and ($2::text is null or project = $2) and json is not null
        order by project, name limit $5
        """;

    /// <summary>Parameters: $1 kind, $2 project, $3 name, $4 version, $5 json, $6 now or null.</summary>
    public const string Put = // language=postgresql
        """
        insert into meanwhile.document (kind, project, name, version, json, updated_at, change)
        values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, clock_timestamp()), (select 1 + coalesce(max(change), 0) from meanwhile.document))
        on conflict (kind, project, name) do update set version = excluded.version, json = excluded.json, updated_at = excluded.updated_at, change = excluded.change
        returning updated_at
        """;

    /// <summary>Changes after a number, in order. Parameters: $1 after, $2 limit.</summary>
    public const string Changes = "select change, kind, project, name, version, json, updated_at from meanwhile.document where change > $1 order by change limit $2";

    /// <summary>Adds entries; those that are there already, from a try whose answer was lost, stay. Parameters, arrays: as the columns.</summary>
    public const string Append = // language=postgresql
        """
        insert into meanwhile.audit (audit_id, at, project, principal, action, subject, detail)
        select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) as entry (id, a, p, r, c, s, d)
        order by id
        on conflict (audit_id) do nothing
        """;

    private const string Entries = "select audit_id, at, project, principal, action, subject, detail from meanwhile.audit ";

    /// <summary>Entries of all projects, newest first. Parameters: $1 before, $2 action or null, $3 limit.</summary>
    public const string AuditOfAll = Entries + "where audit_id < $1 and ($2::text is null or action = $2) order by audit_id desc limit $3";

    /// <summary>Entries of a project, newest first. Parameters: $1 before, $2 action or null, $3 limit, $4 project.</summary>
    public const string AuditOfProject = Entries + "where project = $4 and audit_id < $1 and ($2::text is null or action = $2) order by audit_id desc limit $3";

    private const string Submissions = // language=postgresql
        """
        select job.job_id, job.created_at, project.name, job.submitted_by, lane.tool, lane.source
        from (
            (select job_id, created_at, submitted_by, project_id, lane_id from meanwhile.job where job_id < $1 {0} order by job_id desc limit $2)
            union all
            (select job_id, created_at, submitted_by, project_id, lane_id from meanwhile.history where job_id < $1 {0} order by job_id desc limit $2)
        ) as job
        join meanwhile.lane on lane.lane_id = job.lane_id
        join meanwhile.project on project.project_id = job.project_id
        order by job.job_id desc limit $2
        """;

    /// <summary>Submissions of all projects, newest first. Parameters: $1 before, $2 limit.</summary>
    public static readonly string SubmissionsOfAll = Submissions.Replace("{0}", "", StringComparison.Ordinal);

    /// <summary>Submissions of a project, newest first. Parameters: $1 before, $2 limit, $3 project.</summary>
    public static readonly string SubmissionsOfProject = Submissions.Replace("{0}", "and project_id = (select project_id from meanwhile.project where name = $3)", StringComparison.Ordinal);
}
