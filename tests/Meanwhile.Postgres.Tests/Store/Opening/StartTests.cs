using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Stores;
using Meanwhile.Testing.Postgres;
using Meanwhile.Testing.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Opening;

public sealed class StartTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_is_opened_again_is_the_same_one()
    {
        var (connection, options) = (await PostgresStores.ConnectionStringAsync(shared), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });
        await using var first = await PostgresStores.OpenAsync(connection, options);
        await using var second = await PostgresStore.OpenAsync(connection, TimeProvider.System, Draws.Seeded(2), options, Token);

        Assert.Equal(first.Reader.Incarnation, second.Reader.Incarnation);
        Assert.Equal(first.Reader.ShortIdKey.ToArray(), second.Reader.ShortIdKey.ToArray());
        Assert.True(second.ClusterIsKnown);
    }

    [Fact]
    public async Task Many_nodes_that_start_at_once_on_an_empty_database_make_one_store()
    {
        var (connection, options) = (await PostgresStores.ConnectionStringAsync(shared), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });

        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => PostgresStore.OpenAsync(connection, TimeProvider.System, Draws.Seeded(i), options, Token).AsTask())));

        Assert.Single(stores.Select(store => store.Reader.Incarnation).Distinct());
        foreach (var store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_as_it_is()
    {
        var (connection, options) = (await PostgresStores.ConnectionStringAsync(shared), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });
        await using var newer = await PostgresStore.OpenAsync(connection, TimeProvider.System, Draws.Seeded(1), options, [.. SchemaSql.Migrations, "create table meanwhile.newer (a integer)"], Token);

        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(connection, options));

        Assert.Contains("has version 2; this version of Meanwhile knows versions up to 1", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresHosting.CheckStoreAsync(connection, Token, options));
    }

    [Fact]
    public async Task An_older_store_is_brought_up_to_date_while_an_older_node_still_works_on_it()
    {
        var (connection, options) = (await PostgresStores.ConnectionStringAsync(shared), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });
        await using var old = await PostgresStores.OpenAsync(connection, options);
        await using var updated = await PostgresStore.OpenAsync(connection, TimeProvider.System, Draws.Seeded(1), options, [.. SchemaSql.Migrations, "alter table meanwhile.job add column later integer not null default 7"], Token);
        var ids = new JobIdMaker(TimeProvider.System, Draws.Seeded(3));

        foreach (var store in (PostgresStore[])[old, updated])
        {
            var now = TimeProvider.System.GetUtcNow();
            var spec = new JobSpec { Id = ids.Next(), Project = "p", SubmittedBy = "k", Tool = "t", CreatedAt = now, RunAt = now };
            Assert.IsType<Submission.Accepted>((await store.Jobs.SubmitAsync([spec], Token))[0]);
        }
    }

    [Fact]
    public async Task A_look_at_a_database_without_a_store_makes_none()
    {
        var (connection, options) = (await PostgresStores.ConnectionStringAsync(shared), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });

        Assert.Contains("no store", await PostgresHosting.CheckStoreAsync(connection, Token, options), StringComparison.Ordinal);
        Assert.Contains("no store", await PostgresHosting.CheckStoreAsync(connection, Token, options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_repeated()
    {
        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(shared.Cluster.ConnectionString(password: "hunter2")));

        Assert.Contains("refused user \"postgres\"", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_database_is_named()
    {
        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(shared.Cluster.ConnectionString("nowhere")));

        Assert.Contains("There is no database \"nowhere\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_host_and_a_closed_port_are_told_as_unavailable()
    {
        var unknown = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await PostgresStores.OpenAsync("Host=no-such-host.invalid;Database=d;Username=u"));
        var closed = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await PostgresStores.OpenAsync($"Host=127.0.0.1;Port={TemporaryCluster.FreePort()};Database=d;Username=u"));

        Assert.Contains("no-such-host.invalid", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("can't be reached", closed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pg_x")]
    [InlineData("Upper")]
    [InlineData("a; drop table job")]
    [InlineData("")]
    public async Task A_schema_that_can_not_be_is_refused(string schema)
    {
        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(shared.Cluster.ConnectionString(), new PostgresStoreOptions { Schema = schema }));

        Assert.Contains("can't be the store's schema", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_refused_without_its_words()
    {
        var refused = Assert.Throws<StoreUnusableException>(() => ConnectionStrings.Normalize("Host=x;Passwort=hunter2"));

        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync("nonsense"));
    }

    [Theory]
    [InlineData("Hots=x;Database=jobs", ": 'hots' is none that connections have.")]
    [InlineData("Host=x;Port=many", ": 'port' has a value that it does not accept.")]
    [InlineData("Host=x;SSL Mode=maybe", ": 'ssl mode' has a value that it does not accept.")]
    [InlineData("postgres://db/jobs?ssl_mood=require", ": 'ssl_mood' is none that connections have.")]
    [InlineData("Host=x;Password=a;b=c", ": a setting after the password is none that connections have.")]
    [InlineData("postgres://u:hunter2@db/jobs?ssl_mood=require", ": a setting after the password is none that connections have.")]
    public void What_is_wrong_in_a_connection_string_is_named(string text, string why) =>
        Assert.Contains(why, Assert.Throws<StoreUnusableException>(() => ConnectionStrings.Normalize(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("postgres://u:p%40ss@db:6432/jobs?sslmode=verify-full&application_name=x", "Host=db;Port=6432;Database=jobs;Username=u;Password=p@ss;SSL Mode=VerifyFull;Application Name=x")]
    [InlineData("postgresql://db/jobs", "Host=db;Database=jobs")]
    [InlineData("Host=db;Database=jobs", "Host=db;Database=jobs")]
    public void Both_forms_of_a_connection_string_are_read(string text, string same) =>
        Assert.True(new NpgsqlConnectionStringBuilder(ConnectionStrings.Normalize(text)).EquivalentTo(new NpgsqlConnectionStringBuilder(same)));

    [Fact]
    public async Task Each_right_that_a_role_lacks_is_named()
    {
        var database = await shared.NewDatabaseAsync(Token);
        await ExecuteAsync(database, "create role poor login password 'x'");
        var connection = shared.Cluster.ConnectionString(database, "poor", "x");

        await ExecuteAsync(database, $"revoke connect on database {database} from public");
        Assert.Contains($"grant connect on database \"{database}\" to \"poor\"", await RefusedAsync(connection), StringComparison.Ordinal);
        await ExecuteAsync(database, $"grant connect on database {database} to poor");
        Assert.Contains($"grant create on database \"{database}\"", await RefusedAsync(connection), StringComparison.Ordinal);
        await (await PostgresStores.OpenAsync(shared.Cluster.ConnectionString(database))).DisposeAsync();
        Assert.Contains("grant usage on schema meanwhile", await RefusedAsync(connection), StringComparison.Ordinal);
        await ExecuteAsync(database, "grant usage on schema meanwhile to poor");
        Assert.Contains("grant create on schema meanwhile", await RefusedAsync(connection), StringComparison.Ordinal);
        await ExecuteAsync(database, "grant create on schema meanwhile to poor; grant select on meanwhile.migration to poor");
        Assert.Contains("lacks the right delete on meanwhile.audit", await RefusedAsync(connection), StringComparison.Ordinal);
        await ExecuteAsync(database, "grant select, insert, update, delete on all tables in schema meanwhile to poor");
        Assert.Contains("lacks the right usage on meanwhile.event_batch_id", await RefusedAsync(connection), StringComparison.Ordinal);
        await ExecuteAsync(database, "grant usage on all sequences in schema meanwhile to poor; revoke execute on function pg_control_system() from public");
        await using var store = await PostgresStores.OpenAsync(connection);
        Assert.False(store.ClusterIsKnown); // the uuid alone tells one history from another
    }

    [Theory]
    [InlineData("fsync = off", "fsync = on")]
    [InlineData("full_page_writes = off", "full_page_writes = on")]
    [InlineData("synchronous_commit = off", "synchronous_commit is off")]
    public async Task A_server_that_could_lose_what_was_accepted_is_refused(string setting, string sentence)
    {
        await using var cluster = await TemporaryCluster.StartAsync([setting], Token);

        Assert.Contains(sentence, await RefusedAsync(cluster.ConnectionString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_encoding_is_refused()
    {
        await ExecuteAsync("postgres", "create database ascii encoding 'SQL_ASCII' template template0 locale 'C'");

        Assert.Contains("SQL_ASCII", await RefusedAsync(shared.Cluster.ConnectionString("ascii")), StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(string connection) =>
        (await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(connection))).Message;

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(shared.Cluster.ConnectionString(database));
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
