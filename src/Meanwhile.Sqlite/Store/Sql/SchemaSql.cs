namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>The schema, as numbered steps that only go forward.</summary>
internal static class SchemaSql
{
    /// <summary>Marks the file as ours ("MWLE"), so that another program's database is never touched.</summary>
    public const int ApplicationId = 0x4D574C45;

    /// <summary>Set before the first table is made: WAL, so that readers and the writer do not wait for each other.</summary>
    public const string PrepareFile = "pragma journal_mode = wal";

    /// <summary>Each step brings the schema to its number, counted from 1.</summary>
    public static IReadOnlyList<string> Migrations { get; } = [First, Second, Third, Fourth];

    /// <summary>Marks of commits, what is to be stopped, and what nodes do.</summary>
    private const string Second = // language=sqlite
        """
        alter table job add column commit_intent text;
        create index job_to_stop on job (job_id) where cancel is not null and status <= 2;
        alter table node add column roles integer not null default 7;
        alter table node add column draining integer not null default 0;
        """;

    /// <summary>The first schema.</summary>
    /// <remarks>
    /// Times and spans are microseconds (times since 1970), statuses and event kinds the numbers of their enums, ids 16 big-endian bytes.
    /// A job's row is project_id * 2^40 + sequence and an event's is project_id * 2^43 + number, so that a project's jobs and
    /// feed lie together in order and need no index for it.
    /// </remarks>
    private const string First = // language=sqlite
        """
        create table meta (key text primary key, value blob not null) strict, without rowid;

        create table project (
            project_id integer primary key,
            name text not null unique,
            last_sequence integer not null default 0,
            events_dropped_to integer not null default 0, -- the highest event number that retention removed
            blocked integer not null default 0, -- the counters are written once per group of changes
            pending integer not null default 0,
            running integer not null default 0,
            succeeded integer not null default 0,
            failed integer not null default 0,
            canceled integer not null default 0,
            timeout integer not null default 0
        ) strict;

        create table lane ( -- work that is alike to a claim; '' where there is no source or limit key
            lane_id integer primary key,
            project_id integer not null,
            source text not null,
            tool text not null,
            limit_key text not null,
            unique (project_id, source, tool, limit_key)
        ) strict;

        create table job (
            row integer primary key,
            job_id blob not null,
            project_id integer not null,
            lane_id integer not null,
            submitted_by text not null,
            priority integer not null,
            created_at integer not null,
            first_run_at integer not null,
            max_attempts integer not null,
            timeout integer,
            start_deadline_at integer,
            ttl integer not null,
            idempotent integer not null,
            idempotency_key text,
            content_hash blob,
            trace_parent text,
            retry_of blob,
            status integer not null,
            run_at integer not null,
            started_at integer,
            finished_at integer,
            updated_at integer not null,
            expires_at integer,
            expired integer not null default 0,
            attempt integer not null default 0,
            attempts_counted integer not null default 0,
            fence integer not null default 0,
            owner_id integer,
            effects_begun integer not null default 0,
            finish_id blob,
            cancel text,
            error text,
            version integer not null default 1,
            event_count integer not null default 1,
            last_event integer not null, -- the number of the job's newest event, whose row names the one before
            check ((status >= 3) = (finished_at is not null)),
            check ((status = 2) = (owner_id is not null))
        ) strict;
        create unique index job_by_id on job (job_id);
        create index job_by_project on job (project_id, job_id);
        create unique index job_by_idempotency_key on job (project_id, submitted_by, idempotency_key) where idempotency_key is not null;
        create index job_by_trace on job (project_id, substr(trace_parent, 4, 32), job_id) where trace_parent is not null;
        create index job_pending on job (lane_id, priority desc, run_at) where status = 1;
        create index job_running on job (project_id, job_id) where status = 2;
        create index job_ended_badly on job (project_id, status, job_id) where status > 3;
        create index job_start_deadline on job (start_deadline_at) where start_deadline_at is not null and status <= 1 and attempt = 0;
        create index job_expiring on job (expires_at) where expires_at is not null and expired = 0;
        create index job_forgetting on job (finished_at) where expired = 1;

        create table statement (
            statement_id integer primary key,
            hash blob not null unique, -- SHA-256 of the text
            text text not null
        ) strict;

        create table body ( -- written once, removed when the job expires
            row integer primary key,
            statement_id integer,
            params text not null,
            labels text
        ) strict;
        create index body_by_statement on body (statement_id) where statement_id is not null;

        create table label (
            project_id integer not null,
            name text not null,
            value text not null,
            job_id blob not null,
            primary key (project_id, name, value, job_id)
        ) strict, without rowid;

        create table result (row integer primary key, manifest text not null) strict;

        create table checkpoint (row integer primary key, json text not null) strict;

        create table progress (
            row integer primary key,
            attempt integer not null,
            number integer not null,
            fraction real,
            message text,
            phase integer,
            counters text,
            log_bytes integer not null
        ) strict;

        create table event (
            row integer primary key,
            job_row integer not null,
            job_id blob not null,
            job_number integer not null,
            kind integer not null,
            at integer not null,
            status integer not null,
            attempt integer not null,
            detail text,
            previous integer -- the number of the job's event before; null for its first
        ) strict;

        create table node (
            node_id integer primary key,
            name text not null,
            epoch integer not null,
            counter integer not null default 0,
            host text not null,
            process_id integer not null,
            version text not null,
            registered_at integer not null,
            ended_at integer,
            unique (name, epoch)
        ) strict;
        create index node_living on node (node_id) where ended_at is null;

        create table document ( -- a deleted one stays without json, so that its versions are not used again and watchers hear of it
            kind text not null,
            project text not null,
            name text not null,
            version integer not null,
            json text,
            updated_at integer not null,
            change integer not null unique,
            primary key (kind, project, name)
        ) strict, without rowid;

        create table audit (
            audit_id blob primary key,
            at integer not null,
            project text not null,
            principal text not null,
            action text not null,
            subject text not null,
            detail text
        ) strict, without rowid;
        create index audit_by_project on audit (project, audit_id);
        """;

    /// <summary>What projects and principals use, for quotas.</summary>
    /// <remarks>The bytes of results that are there already are added up from their manifests: what is inline is base64 there.</remarks>
    private const string Third = // language=sqlite
        """
        create table usage ( -- submissions of the running window; only where a quota counts them
            project_id integer not null,
            principal text not null, -- '' for the whole project
            kind integer not null,
            window_start integer not null,
            used integer not null,
            primary key (project_id, principal, kind)
        ) strict, without rowid;

        alter table project add column result_bytes integer not null default 0;

        update project set result_bytes = coalesce((
            select sum(
                coalesce((select sum(partition.value ->> '$.length') from json_each(part.value, '$.partitions') as partition), 0)
                + coalesce(length(part.value ->> '$.inline') / 4 * 3 - (length(part.value ->> '$.inline') - length(rtrim(part.value ->> '$.inline', '='))), 0))
            from result, json_each(result.manifest, '$.statements') as part
            where result.row >> 40 = project.project_id), 0);
        """;

    /// <summary>The tools whose jobs a worker takes, with spaces between them; '' for a server.</summary>
    private const string Fourth = "alter table node add column tools text not null default ''";
}
