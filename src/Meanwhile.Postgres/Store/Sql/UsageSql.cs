namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about what projects and principals use.</summary>
internal static class UsageSql
{
    /// <summary>Has submissions within quotas of a project go one after the other. Parameters: $1 project_id.</summary>
    public const string Lock = "select pg_advisory_xact_lock(hashtextextended('meanwhile.usage', $1::bigint))";

    /// <summary>What is used. Parameters, arrays: $1 kind, $2 project_id, $3 principal ('' = the whole project), $4 window_start (null = of kinds without). In the order of the kinds' enum.</summary>
    public const string Used = // language=postgresql
        """
        select (case
            when asked.kind = 0 and asked.principal = '' then
                (select coalesce(sum(count), 0) from meanwhile.status_count as counted where counted.project_id = asked.project_id and counted.status < 3)
                + (select coalesce(sum(delta), 0) from meanwhile.status_delta as counted where counted.project_id = asked.project_id and counted.status < 3)
            when asked.kind = 0 then
                (select count(*) from meanwhile.job where job.project_id = asked.project_id and job.submitted_by = asked.principal)
            when asked.kind = 3 then
                (select coalesce(sum(count), 0) from meanwhile.status_count as counted where counted.project_id = asked.project_id and counted.status = 100)
                + (select coalesce(sum(delta), 0) from meanwhile.status_delta as counted where counted.project_id = asked.project_id and counted.status = 100)
            else
                coalesce((select used from meanwhile.usage where usage.project_id = asked.project_id and usage.principal = asked.principal and usage.kind = asked.kind
                    and usage.window_start >= asked.window_start), 0)
        end)::bigint
        from unnest($1::smallint[], $2::integer[], $3::text[], $4::timestamptz[]) with ordinality as asked (kind, project_id, principal, window_start, ordinal)
        order by ordinal
        """;

    /// <summary>Counts submissions. Parameters, arrays: $1 project_id, $2 principal, $3 kind, $4 window_start, $5 how many more.</summary>
    public const string Take = // language=postgresql
        """
        insert into meanwhile.usage as known (project_id, principal, kind, window_start, used)
        select * from unnest($1::integer[], $2::text[], $3::smallint[], $4::timestamptz[], $5::bigint[]) as taken (project_id, principal, kind, window_start, more)
        on conflict (project_id, principal, kind) do update
        set used = case when known.window_start >= excluded.window_start then known.used else 0 end + excluded.used, window_start = greatest(known.window_start, excluded.window_start)
        """;
}
