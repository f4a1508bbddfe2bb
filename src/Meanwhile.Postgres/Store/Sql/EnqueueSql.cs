namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about submissions that others commit with transactions of their own.</summary>
internal static class EnqueueSql
{
    /// <summary>Makes <c>meanwhile.submit</c>: leaves a request, and tells the nodes when, and only if, the caller's transaction is committed.</summary>
    /// <remarks>Runs with its owner's rights, so that a caller needs none but to execute it, which the owner grants. What only a node can know of a request is checked when it is taken.</remarks>
    public const string Function = // language=postgresql
        """
        create function meanwhile.submit(request jsonb, project text default 'default') returns uuid
        language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $function$
        #variable_conflict use_variable
        declare
            job_id constant uuid := encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid; -- version 7
            unknown text;
            fields constant text[] := array['tool', 'params', 'source', 'priority', 'ttl_hours', 'run_at', 'delay_seconds', 'timeout_seconds', 'max_attempts', 'labels', 'limit_key',
                'idempotent', 'start_deadline_seconds', 'max_cost', 'traceparent'];
        begin
            if request is null or jsonb_typeof(request) <> 'object' then
                raise exception 'The request is %; a JSON object is accepted.', coalesce(jsonb_typeof(request), 'null')
                    using errcode = 'invalid_parameter_value', hint = 'Such as {"tool": "query", "source": "pg", "params": {"sql": "select 1"}}.';
            end if;
            if jsonb_typeof(request -> 'tool') is distinct from 'string' then
                raise exception 'tool is %; the name of a tool is needed.', coalesce(jsonb_typeof(request -> 'tool'), 'missing') using errcode = 'invalid_parameter_value';
            end if;
            if request ? 'idempotency_key' then
                raise exception 'idempotency_key is given; what a transaction enqueues is enqueued once already.' using errcode = 'invalid_parameter_value', hint = 'Leave it out.';
            end if;
            select key into unknown from jsonb_object_keys(request) as keys (key)
            where key <> all(fields)
            order by key limit 1;
            if unknown is not null then
                raise exception '% is not a field of a request.', unknown using errcode = 'invalid_parameter_value', hint = 'Fields are ' || array_to_string(fields, ', ') || '.';
            end if;
            if not exists (select from meanwhile.document as d where d.kind = 'project' and d.project = '' and d.name = project and d.json is not null) then
                raise exception 'There is no project %.', quote_ident(project) using errcode = 'invalid_parameter_value', hint = 'An instance admin makes projects.';
            end if;
            insert into meanwhile.enqueued (job_id, project, submitted_by, request, enqueued_at) values (job_id, project, 'sql:' || session_user, request::text, clock_timestamp());
            perform pg_notify('meanwhile.wake', '{"enqueued":true}');
            return job_id;
        end
        $function$;
        revoke execute on function meanwhile.submit(jsonb, text) from public;

        """;

    /// <summary>Leaves a request. Parameters: $1 request, $2 project.</summary>
    public const string Submit = "select meanwhile.submit($1::jsonb, $2)";

    /// <summary>The oldest requests. Parameters: $1 limit.</summary>
    public const string Oldest = "select job_id, project, submitted_by, request, enqueued_at from meanwhile.enqueued order by job_id limit $1";

    /// <summary>Parameters: $1 ids.</summary>
    public const string Remove = "delete from meanwhile.enqueued where job_id = any($1::uuid[])";
}
