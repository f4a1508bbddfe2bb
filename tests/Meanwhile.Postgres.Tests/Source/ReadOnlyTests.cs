using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Source;

/// <summary>Ways to write through a read-only source whose role owns what is there; after each, nothing has changed at the server.</summary>
public sealed class ReadOnlyTests(SharedCluster shared) : SourceTestBase(shared)
{
    /// <summary>Everything that an attack could leave behind.</summary>
    private const string State =
        """
        select concat_ws('|',
            (select string_agg(x::text, ',' order by x) from written),
            (select last_value || '/' || is_called from counter),
            (select count(*) from pg_largeobject_metadata),
            (select string_agg(relname || relfilenode, ',' order by oid) from pg_class where relnamespace = 'public'::regnamespace),
            (select string_agg(proname, ',' order by oid) from pg_proc where pronamespace = 'public'::regnamespace),
            (select count(*) from pg_type), (select count(*) from pg_namespace), (select string_agg(rolname, ',' order by oid) from pg_roles where rolname like current_database() || '\_%'),
            (select count(*) from pg_prepared_xacts), (select count(*) from pg_replication_slots), (select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where d.datname = current_database()),
            (select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())),
            (select count(*) from pg_description), (select count(*) from pg_stat_activity where application_name = 'victim' and datname = current_database()),
            (select reltuples from pg_class where oid = 'written'::regclass), (select last_analyze from pg_stat_user_tables where relname = 'written'))
        """;

    public static TheoryData<string> Attacks => new()
    {
        // those that the driver or a bare read-only transaction would let through
        "commit; insert into written values (2)",
        "commit and chain; set transaction read write; insert into written values (2)",
        "rollback and chain; set transaction read write; insert into written values (2)",
        "/* */ commit; begin read write; insert into written values (2); commit",
        "select 1; commit; insert into written values (2)",
        "end; insert into written values (2)",
        "abort; insert into written values (2)",
        "start transaction read write; insert into written values (2); commit",
        "begin; set transaction read write; insert into written values (2); commit",
        "set transaction read write; insert into written values (2)",
        "explain analyze insert into written values (2)",
        "explain (analyze, format json) insert into written values (2)",
        // settings
        "set transaction_read_only = off; select write_one()",
        "set local transaction_read_only = off; select write_one()",
        "select set_config('transaction_read_only', 'off', false); select write_one()",
        "select set_config('transaction_read_only', 'off', true), write_one()",
        "set session characteristics as transaction read write; select write_one()",
        "set default_transaction_read_only = off; select write_one()",
        "reset all; select write_one()",
        "reset transaction_read_only; select write_one()",
        "savepoint a; set transaction read write; select write_one()",
        "select write_unset()",
        "select write_with_setting()",
        "set role none; select write_one()",
        "reset session authorization; select write_one()",
        "discard all; insert into written values (2)",
        // statements that write
        "insert into written values (2)",
        "with w as (insert into written values (2) returning x) select * from w",
        "select * into copied from written",
        "create table copied as select 1",
        "create temp table copied (x int)",
        "create view seen as select 1",
        "update written set x = 2",
        "delete from written",
        "truncate written",
        "merge into written using (select 1) s on false when not matched then insert values (2)",
        "select * from written for update",
        "select * from written for key share",
        "drop table written",
        "alter table written add y int",
        "comment on table written is 'x'",
        "grant all on written to public",
        "create role attacker",
        "alter role current_user set work_mem = '1MB'",
        "refresh materialized view nothing",
        "lock table written in access exclusive mode",
        "analyze written",
        "vacuum written",
        "cluster written using nothing",
        "reindex table written",
        "copy written from stdin",
        "copy written from program 'echo 2'",
        "copy (select 2) to program 'cat'",
        "copy (insert into written values (2) returning x) to stdout",
        "copy written to '/tmp/meanwhile-attack'",
        // functions that write, or act beyond the transaction
        "select write_one()",
        "select nextval('counter')",
        "select setval('counter', 99)",
        "select lo_create(4711)",
        "select lo_from_bytea(4712, 'x'::bytea)",
        "select lo_put(lo_create(4713), 0, 'x')",
        "notify canary",
        "select pg_notify('canary', 'x')",
        "listen canary; notify canary",
        "select pg_advisory_lock(4711)",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'",
        "select \"pg_cancel_backend\"(pid) from pg_stat_activity where application_name = 'victim'",
        "select pg_logical_emit_message(false, 'a', 'b')",
        "select pg_create_physical_replication_slot('attack')",
        "select pg_export_snapshot()",
        "select pg_reload_conf()",
        "select query_to_xml('insert into written values (2)', false, false, '')",
        "select query_to_xml('commit', false, false, '')",
        "select pg_catalog.pg_read_file('/etc/passwd')",
        // detours
        "do $$ begin insert into written values (2); end $$",
        "do $$ begin commit; insert into written values (2); commit; end $$",
        "call commit_and_write()",
        "prepare p as insert into written values (2); execute p",
        "prepare transaction 'attack'",
        "declare c cursor with hold for select write_one(); fetch all from c",
        "declare c cursor with hold for select 1; commit",
        "select 1 where exists (select write_one())",
        "values (write_one())",
        "select * from foreign_written; select write_foreign()",
        "select E'\\'; commit; insert into written values (2); --'",
        "select $$;$$; insert into written values (2)",
        "create function attack() returns int language sql begin atomic insert into written values (2); select 1; end",
        "load 'auto_explain'",
        "checkpoint",
        "alter system set work_mem = '1MB'",
        "set role pg_write_server_files; copy written to '/tmp/meanwhile-attack'",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Database.AsSuperuserAsync(
            $"""
            insert into written values (1);
            create extension postgres_fdw;
            create server self foreign data wrapper postgres_fdw options (host '127.0.0.1', port '{Shared.Cluster.Port}', dbname '{Database.Name}');
            create user mapping for {Database.Writer} server self options (user '{Database.Writer}', password '{SourceDatabase.Password}');
            grant usage on foreign server self to {Database.Writer};
            set role {Database.Writer};
            create foreign table foreign_written (x int) server self options (schema_name 'public', table_name 'written');
            create function write_one() returns int language sql volatile as 'insert into written values (2) returning x';
            create function write_foreign() returns int language sql volatile as 'insert into foreign_written values (2) returning x';
            create function write_unset() returns int language plpgsql as $$ begin perform set_config('transaction_read_only', 'off', true); insert into written values (2); return 1; end $$;
            create function write_with_setting() returns int language plpgsql set transaction_read_only = off as $$ begin insert into written values (2); return 1; end $$;
            create procedure commit_and_write() language plpgsql as $$ begin commit; insert into written values (2); commit; end $$;
            """);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Nothing_changes_at_the_server(string attack)
    {
        await using var victim = await VictimAsync();
        await using var listener = new NpgsqlConnection(Shared.Cluster.ConnectionString(Database.Name) + ";Pooling=false");
        List<string> heard = [];
        listener.Notification += (_, told) => heard.Add(told.Channel);
        await listener.OpenAsync(TestContext.Current.CancellationToken);
        await new NpgsqlCommand("listen canary", listener).ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var before = await Database.AsSuperuserAsync(State);
        await using var source = Database.Create(readOnly: true, username: Database.Writer);
        var observer = new RecordingObserver();

        var outcome = await RunAsync(source, attack, observer: observer);

        await Gone();
        Assert.Equal(before, await Database.AsSuperuserAsync(State));
        await new NpgsqlCommand("select 1", listener).ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Empty(heard);
        Assert.False(File.Exists("/tmp/meanwhile-attack"));
        Assert.Equal(0, observer.Effects);
        Assert.NotEqual(ErrorKind.Internal, (outcome as StatementOutcome.Failed)?.Error.Type);
    }

    [Theory]
    [InlineData("insert into written values (2)")]
    [InlineData("with w as (delete from written returning x) select * from w")]
    [InlineData("select write_one()")]
    [InlineData("select nextval('counter')")]
    [InlineData("create table copied (x int)")]
    public async Task A_write_is_refused_with_a_hint(string sql)
    {
        await using var source = Database.Create(readOnly: true, username: Database.Writer);

        var error = await ErrorAsync(source, sql);

        Assert.Equal((ErrorKind.Permission, "read_only"), (error.Type, error.Code));
        Assert.Contains("\"read_only\": false", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("superuser", "it is, or may become, the superuser")]
    [InlineData("replication", "which may replicate")]
    [InlineData("in role pg_execute_server_program", "it may run programs on the server")]
    [InlineData("in role pg_write_server_files", "it may write files of the server")]
    public async Task A_role_that_can_not_be_held_to_reading_is_refused(string attribute, string reason)
    {
        var role = $"{Database.Name}_more";
        await Database.AsSuperuserAsync($"create role {role} login password '{SourceDatabase.Password}' {attribute}; create role {role}_in login noinherit password '{SourceDatabase.Password}' in role {role}");
        foreach (var username in new[] { role, $"{role}_in" })
        {
            await using var source = Database.Create(readOnly: true, username: username);

            var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

            Assert.Equal((ErrorKind.Permission, "role_can_do_more"), (error!.Type, error.Code));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Equal("role_can_do_more", (await ErrorAsync(source, "select 1")).Code);
        }
    }

    [Fact]
    public async Task A_role_that_may_open_connections_at_the_server_is_refused()
    {
        await Database.AsSuperuserAsync("create extension dblink");
        var attack = $"select * from dblink('host=127.0.0.1 port={Shared.Cluster.Port} dbname={Database.Name} user={Database.Writer} password={SourceDatabase.Password}', 'insert into written values (2) returning x') as t(x int)";

        var error = await ErrorAsync(attack);

        Assert.Equal((ErrorKind.Permission, "not_allowed"), (error.Type, error.Code));
        error = await ErrorAsync("select 1");
        Assert.Equal((ErrorKind.Permission, "role_can_do_more"), (error.Type, error.Code));
        Assert.Contains("dblink", error.Message, StringComparison.Ordinal);
        await Database.AsSuperuserAsync("do $$ declare f regprocedure; begin for f in select objid::regprocedure from pg_depend d join pg_extension e on e.oid = refobjid where extname = 'dblink' and classid = 'pg_proc'::regclass loop execute 'revoke execute on function ' || f || ' from public'; end loop; end $$");
        Assert.Equal(1L, await ValueAsync("select 1"));
    }

    [Fact]
    public async Task A_role_that_could_write_is_told_of_in_the_log()
    {
        var (reader, writer) = (new RecordingObserver(), new RecordingObserver());
        await using var safe = Database.Create(readOnly: true);
        await using var unsafeSource = Database.Create(readOnly: true, username: Database.Writer);

        await RunAsync(safe, "select 1", observer: reader);
        await RunAsync(unsafeSource, "select 1", observer: writer);

        Assert.Empty(reader.Lines);
        Assert.Contains("may write", Assert.Single(writer.Lines), StringComparison.Ordinal);
    }

    private async Task<NpgsqlConnection> VictimAsync()
    {
        var victim = new NpgsqlConnection(Shared.Cluster.ConnectionString(Database.Name, Database.Writer, SourceDatabase.Password) + ";Pooling=false;Application Name=victim");
        await victim.OpenAsync(TestContext.Current.CancellationToken);
        return victim;
    }

    /// <summary>Waits until the source's backend is gone, so that what it held is free.</summary>
    private async Task Gone()
    {
        for (var look = 0; look < 100 && await Database.RunningAsync("mw:jtest:1") > 0; look++) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }
}
