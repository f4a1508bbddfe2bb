using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Postgres;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Postgres.Tests.Source;

/// <summary>What goes wrong at the server or on the way there, each with a message that says so and no password in it.</summary>
public sealed class FaultTests(SharedCluster shared) : SourceTestBase(shared)
{
    private const string Tag = "mw:jfault:1";

    [Theory]
    [InlineData("\"password\": \"wrong\"", ErrorKind.Auth, "auth", "28P01", "password authentication failed")]
    [InlineData("\"username\": \"nobody\"", ErrorKind.Auth, "auth", "28P01", "password authentication failed")]
    [InlineData("\"database\": \"nowhere\"", ErrorKind.NotFound, "no_such_database", "3D000", "\"nowhere\" does not exist")]
    [InlineData("\"host\": \"nowhere.invalid\"", ErrorKind.NotFound, "unknown_host", null, "There is no host 'nowhere.invalid'.")]
    [InlineData("\"port\": 1", ErrorKind.Transient, "connection_refused", null, "127.0.0.1:1 refused the connection")]
    [InlineData("\"ssl_mode\": \"require\"", ErrorKind.Auth, "tls_not_offered", null, "does not offer TLS")]
    [InlineData("\"session\": {\"work_mem\": \"much\"}", ErrorKind.Syntax, "session_setting", "22023", "work_mem")]
    [InlineData("\"session\": {\"role\": \"nobody\"}", ErrorKind.Syntax, "session_setting", "22023", "nobody")]
    public async Task What_keeps_a_source_from_connecting_is_told(string setting, ErrorKind type, string code, string? sqlState, string words)
    {
        await using var source = Database.Create(more: $", {setting}");

        var probe = await source.ProbeAsync(TestContext.Current.CancellationToken);
        var error = await ErrorAsync(source, "select 1");

        Assert.Equal(probe, error);
        Assert.Equal((type, code, sqlState), (error.Type, error.Code, error.SqlState));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(SourceDatabase.Password, error.ToString(), StringComparison.Ordinal);
        Assert.NotNull(error.Hint ?? error.Message);
    }

    [Fact]
    public async Task A_missing_password_is_told()
    {
        var settings = Database.Settings(Database.Reader).Replace($"\"password\": \"{SourceDatabase.Password}\", ", "", StringComparison.Ordinal);
        await using var source = new Meanwhile.Postgres.Source.PostgresSourceFactory(new Meanwhile.Postgres.Source.PostgresSourceOptions(), TimeProvider.System).Create(SourceDatabase.Definition(settings));

        var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal((ErrorKind.Auth, "password_missing"), (error!.Type, error.Code));
    }

    [Theory]
    [InlineData("select * from secret", "table secret", "SELECT")]
    [InlineData("select * from hidden.secret", "schema hidden", "USAGE")]
    [InlineData("select nextval('private_counter')", "sequence private_counter", "USAGE")]
    [InlineData("select locked()", "function locked", "EXECUTE")]
    public async Task A_role_without_rights_is_told_which_right_is_missing(string sql, string what, string right)
    {
        await Database.AsSuperuserAsync("create table secret (x int); create schema hidden; create table hidden.secret (x int); create sequence private_counter; create function locked() returns int language sql as 'select 1'; revoke execute on function locked() from public");

        var error = await ErrorAsync(sql);

        Assert.Equal((ErrorKind.Permission, "missing_privilege", "42501"), (error.Type, error.Code, error.SqlState));
        Assert.Contains($"permission denied for {what}", error.Message, StringComparison.Ordinal);
        Assert.Contains(right, error.Hint, StringComparison.Ordinal);
        Assert.Contains(what, error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_not_connect_is_told_so()
    {
        await Database.AsSuperuserAsync($"revoke connect on database {Database.Name} from public");

        await using var source = Database.Create();
        var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal((ErrorKind.Permission, "missing_privilege"), (error!.Type, error.Code));
        Assert.Contains("CONNECT", error.Message + error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select 1 / 0", ErrorKind.Syntax, "data_exception", "22012", null)]
    [InlineData("selec 1", ErrorKind.Syntax, "syntax", "42601", 1)]
    [InlineData("select nothere(1)", ErrorKind.NotFound, "no_such_function", "42883", 8)]
    [InlineData("select * from nothere", ErrorKind.NotFound, "no_such_table", "42P01", 15)]
    [InlineData("select * from no.there", ErrorKind.NotFound, "no_such_table", "42P01", 15)]
    [InlineData("select 'x'::int", ErrorKind.Syntax, "data_exception", "22P02", 8)]
    [InlineData("select jsonb '{\"a\": \"\\u0000\"}'", ErrorKind.Syntax, "syntax", "22P05", null)]
    [InlineData("select pg_read_file('/etc/passwd')", ErrorKind.Permission, "missing_privilege", "42501", null)]
    public async Task What_is_wrong_with_a_statement_is_told_with_its_code_and_place(string sql, ErrorKind type, string code, string sqlState, int? position)
    {
        var error = await ErrorAsync(sql);

        Assert.Equal((type, code, sqlState, sqlState), (error.Type, error.Code, error.SqlState, error.SourceCode));
        if (position is not null) Assert.Equal(position, error.Position);
        Assert.False(error.Retryable);
    }

    [Fact]
    public async Task What_json_can_hold_and_jsonb_can_not_is_told()
    {
        var error = await ErrorAsync("select :a::jsonb", """{"a": {"key": "\u0000"}}""");

        Assert.Equal("22P05", error.SqlState);
        Assert.Contains("\\u0000 cannot be converted to text", error.Message, StringComparison.Ordinal);
        Assert.Contains("jsonb", error.Hint, StringComparison.Ordinal);
        Assert.Equal(new Digits("""{"key": "\u0000"}"""), await ValueAsync("select :a::json", """{"a": {"key": "\u0000"}}"""));
    }

    [Theory]
    [InlineData("insert into unique_once values (1), (1)", ErrorKind.Syntax, "constraint", "23505")]
    [InlineData("do $$ begin raise sqlstate '53100' using message = 'could not extend file: No space left on device'; end $$", ErrorKind.ResourceLimit, "disk_full", "53100")]
    [InlineData("do $$ begin raise sqlstate '53200' using message = 'out of memory'; end $$", ErrorKind.ResourceLimit, "out_of_memory", "53200")]
    [InlineData("do $$ begin raise sqlstate 'XX001' using message = 'invalid page'; end $$", ErrorKind.Internal, "data_corrupted", "XX001")]
    [InlineData("do $$ begin raise 'mine' using hint = 'do that', detail = 'because', errcode = 'P0001'; end $$", ErrorKind.Syntax, "syntax", "P0001")]
    [InlineData("set statement_timeout = 50; select pg_sleep(600)", ErrorKind.Timeout, "statement_timeout", "57014")]
    [InlineData("select pg_cancel_backend(pg_backend_pid())", ErrorKind.Canceled, "canceled_at_source", "57014")]
    public async Task What_the_server_answers_is_told_by_kind(string sql, ErrorKind type, string code, string sqlState)
    {
        await Database.AsSuperuserAsync($"create table unique_once (x int primary key); grant all on unique_once to {Database.Writer}");

        var error = await ErrorAsync(sql, readOnly: false);

        Assert.Equal((type, code, sqlState), (error.Type, error.Code, error.SqlState));
        if (sqlState == "P0001") Assert.Equal(("mine. because.", "do that"), (error.Message, error.Hint));
    }

    [Fact]
    public async Task A_lock_that_takes_too_long_a_deadlock_and_a_serialization_failure_are_tried_again()
    {
        await Database.AsSuperuserAsync("insert into written values (1), (2)");
        await using var source = Database.Create(readOnly: false);
        Task<StatementOutcome> Start(string sql, string tag) => source.Start(Request(sql, tag: tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None).Completion;

        var first = Start("update written set x = x where x = 1; select pg_sleep(1.5); update written set x = x where x = 2", Tag);
        var second = Start("update written set x = x where x = 2; select pg_sleep(1.5); update written set x = x where x = 1", "mw:jfault:2");
        await SleepingAsync(Tag);
        var locked = await ErrorAsync(source, "set lock_timeout = 50; update written set x = x");
        var deadlocked = (await Task.WhenAll(first, second).WaitAsync(Patience)).OfType<StatementOutcome.Failed>().Single().Error;

        var serialized = Start("set transaction isolation level repeatable read; select * from written; select pg_sleep(1); update written set x = x", "mw:jfault:3");
        await SleepingAsync("mw:jfault:3");
        await Database.AsSuperuserAsync("update written set x = x");
        var failed = Assert.IsType<StatementOutcome.Failed>(await serialized.WaitAsync(Patience)).Error;

        Assert.Equal((ErrorKind.Transient, "lock_timeout", true), (locked.Type, locked.Code, locked.Retryable));
        Assert.Equal((ErrorKind.Transient, "deadlock", "40P01", true), (deadlocked.Type, deadlocked.Code, deadlocked.SqlState, deadlocked.Retryable));
        Assert.Equal((ErrorKind.Transient, "serialization_failure", "40001", true), (failed.Type, failed.Code, failed.SqlState, failed.Retryable));
    }

    [Fact]
    public async Task A_statement_that_an_administrator_kills_is_told_so()
    {
        await using var source = Database.Create();
        var statement = source.Start(Request("select pg_sleep(600)", tag: Tag), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None);
        await SleepingAsync(Tag);

        await Database.AsSuperuserAsync($"select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{Tag}' and datname = '{Database.Name}'");

        var error = Assert.IsType<StatementOutcome.Failed>(await statement.Completion.WaitAsync(Patience)).Error;
        Assert.Equal((ErrorKind.Transient, "terminated_at_source", "57P01"), (error.Type, error.Code, error.SqlState));
        Assert.Contains("terminating connection due to administrator command", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_told_by_its_version()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var server = AnswerAsVersionAsync(listener, "13.9");
        await using var source = Database.Create(more: $", \"port\": {port.ToString(CultureInfo.InvariantCulture)}");

        var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

        await server;
        Assert.Equal((ErrorKind.NotFound, "server_too_old"), (error!.Type, error.Code));
        Assert.Contains("PostgreSQL 13.9; 14 and newer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_free_connections_asks_for_patience()
    {
        await using var cluster = await TemporaryCluster.StartAsync(["max_connections = 6", "superuser_reserved_connections = 1", "max_wal_senders = 0", "autovacuum = off"], TestContext.Current.CancellationToken);
        await using (var connection = new Npgsql.NpgsqlConnection(cluster.ConnectionString() + ";Pooling=false"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new Npgsql.NpgsqlCommand($"create role reader login password '{SourceDatabase.Password}'", connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var settings = $$"""{"host": "127.0.0.1", "port": {{cluster.Port.ToString(CultureInfo.InvariantCulture)}}, "database": "postgres", "username": "reader", "password": "{{SourceDatabase.Password}}", "ssl_mode": "disable"}""";
        await using var source = new Meanwhile.Postgres.Source.PostgresSourceFactory(new Meanwhile.Postgres.Source.PostgresSourceOptions(), TimeProvider.System).Create(SourceDatabase.Definition(settings));
        IHostedStatement[] statements = [.. Enumerable.Range(0, 7).Select(_ => source.Start(Request("select pg_sleep(600)"), new RecordingResultWriter(), new RecordingObserver(), CancellationToken.None))];

        var refused = await (await Task.WhenAny(statements.Select(statement => statement.Completion)).WaitAsync(Patience));

        var error = Assert.IsType<StatementOutcome.Failed>(refused).Error;
        Assert.Equal((ErrorKind.Throttled, "too_many_connections", "53300", true), (error.Type, error.Code, error.SqlState, error.Retryable));
        foreach (var statement in statements) await statement.CancelAsync(CancellationToken.None); // without a free connection the cancel request alone ends them
        Assert.All(await Task.WhenAll(statements.Select(statement => statement.Completion)).WaitAsync(Patience), outcome => Assert.True(outcome is StatementOutcome.Interrupted or StatementOutcome.Failed { Error.Code: "too_many_connections" }));

        await cluster.StopAsync(ClusterStop.Immediate, TestContext.Current.CancellationToken);
        Assert.Equal("connection_refused", (await source.ProbeAsync(TestContext.Current.CancellationToken))!.Code);
        var fate = await new Meanwhile.Postgres.Source.PostgresSourceFactory(new Meanwhile.Postgres.Source.PostgresSourceOptions { SeeGoneWithin = TimeSpan.Zero }, TimeProvider.System).Create(SourceDatabase.Definition(settings)).EndAsync([Tag], "pg1:1:00000001:7", TestContext.Current.CancellationToken);
        Assert.Equal((false, CommitFate.Unknown), (fate.Gone, fate.Commit));
    }

    private async Task SleepingAsync(string tag)
    {
        for (var look = 0; look < 500 && await Database.RunningAsync(tag + "' and wait_event = 'PgSleep") == 0; look++) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }

    /// <summary>Accepts one client as a server of a version, and then hangs up.</summary>
    private static async Task AnswerAsVersionAsync(TcpListener listener, string version)
    {
        using var client = await listener.AcceptSocketAsync();
        await client.ReceiveAsync(new byte[4096]);
        byte[] Message(char type, params byte[] body) => [(byte)type, .. BitConverter.GetBytes(IPAddress.HostToNetworkOrder(body.Length + 4)), .. body];
        byte[] Parameter(string name, string value) => Message('S', [.. Encoding.ASCII.GetBytes($"{name}\0{value}\0")]);
        await client.SendAsync((byte[])[
            .. Message('R', 0, 0, 0, 0), .. Parameter("server_version", version), .. Parameter("integer_datetimes", "on"), .. Parameter("standard_conforming_strings", "on"),
            .. Message('K', 0, 0, 0, 1, 0, 0, 0, 2), .. Message('Z', (byte)'I')]);
        while (await client.ReceiveAsync(new byte[4096]) > 0)
        {
            // until it hangs up
        }
    }
}
