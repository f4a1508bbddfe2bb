namespace Meanwhile.Postgres.Store.Sql;

/// <summary>The schema, as steps that are only ever added to: a store's version is how many of them it has had.</summary>
/// <remarks>
/// A node of the version before may still run while a step is made: a step adds tables, or columns with a default, and takes nothing away that the version before uses.
/// Statuses, kinds and phases are the numbers of their enums. Spans are microseconds. See docs/decisions/0007-postgres-schema.md.
/// </remarks>
internal static class SchemaSql
{
    /// <summary>Every step, oldest first.</summary>
    public static IReadOnlyList<string> Migrations => [First];

    /// <summary>What the live and the ended job share: what was asked for, which never changes, and then where it stands.</summary>
    private const string JobColumns = // language=postgresql
        """
            job_id uuid not null,
            sequence bigint not null,
            version bigint not null default 1,
            event_count bigint not null default 1,
            last_batch bigint not null, -- the batch of the job's newest event, which names the one before
            fence bigint not null default 0,
            ttl bigint not null,
            timeout bigint,
            created_at timestamptz not null,
            first_run_at timestamptz not null,
            run_at timestamptz not null,
            updated_at timestamptz not null,
            started_at timestamptz,
            start_deadline_at timestamptz,
            project_id integer not null,
            lane_id integer not null,
            max_attempts integer not null,
            attempt integer not null default 0,
            attempts_counted integer not null default 0,
            status smallint not null,
            priority smallint not null,
            idempotent boolean not null,
            effects_begun boolean not null default false,
            submitted_by text not null,
            idempotency_key text,
            content_hash bytea,
            trace_parent text,
            retry_of uuid,
            finish_id uuid,
            cancel text,
            error text,
            commit_intent text
        """;

    private const string First = // language=postgresql
        """
        create table meanwhile.meta (
            key text primary key,
            value bytea not null
        );

        create table meanwhile.project (
            project_id integer generated always as identity primary key,
            name text collate "C" not null unique,
            last_sequence bigint not null default 0, -- the last that was handed out: nodes take blocks
            events_dropped_to bigint not null default 0 -- the highest number of an event that retention removed
        ) with (fillfactor = 70);

        create table meanwhile.lane (
            lane_id integer generated always as identity primary key,
            project_id integer not null,
            source text collate "C" not null,
            tool text collate "C" not null,
            limit_key text collate "C" not null,
            unique (project_id, source, tool, limit_key)
        );

        -- live jobs alone, so that it stays small
        create table meanwhile.job (
        """ + JobColumns + // language=postgresql
        """
        ,
            owner_id integer,
            primary key (job_id),
            check (status between 0 and 2),
            check ((status = 2) = (owner_id is not null))
        ) with (
            fillfactor = 80,
            autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
            autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 1000,
            autovacuum_vacuum_cost_delay = 0
        );
        create index job_by_project on meanwhile.job (project_id, job_id);
        create index job_pending on meanwhile.job (lane_id, priority, run_at, sequence) where status = 1;
        create index job_running on meanwhile.job (started_at, lane_id, owner_id) where status = 2; -- by time, so that a count need not walk over what ended long ago
        create index job_to_stop on meanwhile.job (job_id) where cancel is not null;
        create index job_start_deadline on meanwhile.job (start_deadline_at) where start_deadline_at is not null and status <= 1 and attempt = 0;
        create index job_by_trace on meanwhile.job (project_id, substr(trace_parent, 4, 32), job_id) where trace_parent is not null;

        -- ended jobs, moved here with their ending
        create table meanwhile.history (
        """ + JobColumns + // language=postgresql
        """
        ,
            finished_at timestamptz not null,
            expires_at timestamptz not null,
            expired boolean not null default false,
            result text,
            primary key (job_id),
            check (status between 3 and 6)
        ) partition by range (job_id);
        create index history_by_project on meanwhile.history (project_id, job_id);
        create index history_ended_badly on meanwhile.history (project_id, status, job_id) where status > 3;
        create index history_expiring on meanwhile.history (expires_at) where not expired;
        create index history_forgetting on meanwhile.history (finished_at) where expired;
        create index history_by_trace on meanwhile.history (project_id, substr(trace_parent, 4, 32), job_id) where trace_parent is not null;
        create table meanwhile.history_default partition of meanwhile.history default;

        create table meanwhile.job_sequence ( -- which jobs have which sequences: a row for those that were accepted together, so that no job has an entry of its own
            project_id integer not null,
            first bigint not null, -- the sequence of the first; the others follow it one by one
            job_ids uuid[] not null,
            primary key (project_id, first)
        );

        create table meanwhile.statement (
            statement_id bigint generated always as identity primary key,
            hash bytea not null unique, -- SHA-256 of the text
            used_at timestamptz not null, -- nodes renew it while they remember the id
            text text not null
        );

        create table meanwhile.body ( -- written once, removed when the job expires
            job_id uuid primary key,
            statement_id bigint,
            params text not null,
            labels text
        ) partition by range (job_id);
        create index body_by_statement on meanwhile.body (statement_id) where statement_id is not null;
        create table meanwhile.body_default partition of meanwhile.body default;

        create table meanwhile.label (
            project_id integer not null,
            name text collate "C" not null,
            value text collate "C" not null,
            job_id uuid not null,
            primary key (project_id, name, value, job_id)
        );

        create table meanwhile.idempotency (
            project_id integer not null,
            submitted_by text collate "C" not null,
            key text collate "C" not null,
            job_id uuid not null,
            content_hash bytea,
            primary key (project_id, submitted_by, key)
        );

        create table meanwhile.checkpoint (
            job_id uuid primary key,
            json text not null
        );

        create table meanwhile.progress (
            job_id uuid primary key,
            number bigint not null,
            log_bytes bigint not null,
            fraction double precision,
            attempt integer not null,
            phase smallint,
            message text,
            counters text
        ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);

        create sequence meanwhile.event_batch_id as bigint;

        create table meanwhile.event_batch ( -- the events of one transaction and project, side by side in arrays; where jobs were accepted, only what differs from job to job
            batch_id bigint not null, -- drawn after the row locks, so that a job's batches ascend
            number bigint, -- the place in the feed, given once the batch is committed
            at timestamptz not null, -- of the newest
            project_id integer not null,
            job_ids uuid[] not null,
            sequences bigint[] not null,
            ats timestamptz[] not null,
            job_numbers bigint[],
            previous bigint[], -- the batch of the job's event before; null for its first
            kinds smallint[],
            statuses smallint[],
            attempts integer[],
            details text[]
        ) partition by range (at);
        do $$
        begin -- a batch is compressed as it is written, which costs the usual method, pglz, more of the processor
            alter table meanwhile.event_batch
                alter column job_ids set compression lz4, alter column sequences set compression lz4, alter column ats set compression lz4, alter column job_numbers set compression lz4,
                alter column previous set compression lz4, alter column kinds set compression lz4, alter column statuses set compression lz4, alter column attempts set compression lz4,
                alter column details set compression lz4;
        exception when feature_not_supported then
            null; -- the server was built without it
        end
        $$;
        create index event_batch_by_id on meanwhile.event_batch (batch_id);
        create index event_batch_by_number on meanwhile.event_batch (project_id, number) where number is not null;
        create index event_batch_unnumbered on meanwhile.event_batch (batch_id) where number is null;
        create table meanwhile.event_batch_default partition of meanwhile.event_batch default;

        create table meanwhile.feed (
            last_number bigint not null
        );
        insert into meanwhile.feed (last_number) values (0);

        create table meanwhile.status_count (
            project_id integer not null,
            status smallint not null, -- 100 counts the stored bytes of results
            count bigint not null,
            primary key (project_id, status)
        ) with (fillfactor = 70);

        create table meanwhile.status_delta ( -- added to, and rolled up into status_count
            project_id integer not null,
            status smallint not null,
            delta bigint not null
        ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
        create index status_delta_by_project on meanwhile.status_delta (project_id);

        create table meanwhile.usage ( -- submissions within quotas, in the newest window of each
            project_id integer not null,
            principal text collate "C" not null, -- '' = of the whole project
            kind smallint not null,
            window_start timestamptz not null,
            used bigint not null,
            primary key (project_id, principal, kind)
        ) with (fillfactor = 70);

        create table meanwhile.node (
            node_id integer generated always as identity primary key,
            name text collate "C" not null,
            epoch bigint not null,
            counter bigint not null default 0,
            host text not null,
            process_id integer not null,
            version text not null,
            roles integer not null,
            draining boolean not null default false,
            tools text not null default '', -- whose jobs a worker takes, with spaces between them
            registered_at timestamptz not null,
            ended_at timestamptz,
            unique (name, epoch)
        ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 100);

        create table meanwhile.document ( -- a deleted one stays without json, so that its versions are not used again and watchers hear of it
            kind text collate "C" not null,
            project text collate "C" not null,
            name text collate "C" not null,
            version bigint not null,
            json text,
            updated_at timestamptz not null,
            change bigint not null unique,
            primary key (kind, project, name)
        );

        create table meanwhile.audit (
            audit_id uuid primary key,
            at timestamptz not null,
            project text collate "C" not null,
            principal text not null,
            action text not null,
            subject text not null,
            detail text
        );
        create index audit_by_project on meanwhile.audit (project, audit_id);

        create table meanwhile.enqueued ( -- committed with somebody's own transaction, and taken by any node
            job_id uuid primary key,
            project text collate "C" not null,
            submitted_by text not null,
            request text not null,
            enqueued_at timestamptz not null
        ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

        create table meanwhile.blob (
            blob_id bigint generated always as identity primary key,
            key text collate "C" not null unique,
            length bigint not null default 0
        );

        create table meanwhile.blob_chunk (
            blob_id bigint not null references meanwhile.blob on delete cascade,
            at bigint not null, -- where it begins
            bytes bytea not null,
            primary key (blob_id, at)
        );
        alter table meanwhile.blob_chunk alter column bytes set storage external; -- results are compressed already

        """ + EnqueueSql.Function;
}
