using Meanwhile.Jobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Postgres.Tests.Store.Concurrency;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>The database rolls a transaction back because of another, for real.</summary>
public sealed class CollisionTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_that_the_database_ends_as_a_deadlock_is_done_again()
    {
        // Given a stranger who holds the second of two jobs, and is patient
        var (connection, options) = await DatabaseAsync();
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1, _ => connection, options);
        JobSpec[] specs = [nodes.Spec(), nodes.Spec()];
        await nodes.Store.Jobs.SubmitAsync(specs, Token);
        await using var stranger = new NpgsqlConnection(connection);
        await stranger.OpenAsync(Token);
        await ExecuteAsync(stranger, "set deadlock_timeout = '60s'; begin");
        await LockAsync(stranger, specs[1].Id);

        // When the store has locked the first and waits for the second, and the stranger then wants the first
        var cancelling = nodes.Store.Jobs.RequestCancelAsync([.. specs.Select(spec => new CancelRequest(spec.Id, "k"))], Token).AsTask();
        await RealNode.UntilAsync(WaitsAsync);
        await LockAsync(stranger, specs[0].Id);
        await ExecuteAsync(stranger, "commit");

        // Then the database ended the store's transaction, and the store did it again
        Assert.All(await cancelling, write => Assert.Equal(WriteResult.Applied, write.Result));
        await RealNode.UntilAsync(async () => await ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()") > 0);

        async Task<bool> WaitsAsync() => await ScalarAsync<bool>("select exists (select from pg_locks where not granted and pid <> pg_backend_pid())");
        Task<T> ScalarAsync<T>(string sql) => CollisionTests.ScalarAsync<T>(connection, sql);
    }

    [Fact]
    public async Task A_write_that_the_database_can_not_serialize_is_done_again()
    {
        // Given a store whose transactions came to be repeatable reads under it, and a stranger who holds a job
        var (connection, options) = await DatabaseAsync();
        var database = new NpgsqlConnectionStringBuilder(connection).Database!;
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1, _ => connection, options);
        var spec = nodes.Spec();
        await nodes.Store.Jobs.SubmitAsync([spec], Token);
        await using var stranger = new NpgsqlConnection(connection + ";Pooling=false");
        await stranger.OpenAsync(Token);
        await ExecuteAsync(stranger, $"alter database {database} set default_transaction_isolation = 'repeatable read'");
        await ExecuteAsync(stranger, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        await RealNode.UntilAsync(async () => await Record.ExceptionAsync(async () => await nodes.Store.Reader.GetAsync([spec.Id], Token)) is null);
        await ExecuteAsync(stranger, "begin isolation level read committed");
        await ExecuteAsync(stranger, $"update {options.Schema}.job set updated_at = updated_at where job_id = '{spec.Id.Value}'");

        // When the store waits for the job, and the stranger commits what it did
        var cancelling = nodes.Store.Jobs.RequestCancelAsync([new CancelRequest(spec.Id, "k")], Token).AsTask();
        await RealNode.UntilAsync(() => ScalarAsync<bool>(connection, "select exists (select from pg_locks where not granted and pid <> pg_backend_pid())"));
        var before = await ScalarAsync<long>(connection, "select xact_rollback from pg_stat_database where datname = current_database()");
        await ExecuteAsync(stranger, "commit");

        // Then the database could not serialize it, and the store did it again
        Assert.Equal(WriteResult.Applied, (await cancelling)[0].Result);
        await RealNode.UntilAsync(async () => await ScalarAsync<long>(connection, "select xact_rollback from pg_stat_database where datname = current_database()") > before);
    }

    [Fact]
    public async Task What_collides_again_and_again_is_told_as_unavailable()
    {
        var (connection, options) = await DatabaseAsync();
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1, _ => connection, options);
        await nodes.Store.Jobs.SubmitAsync([nodes.Spec()], Token);
        await using var stranger = new NpgsqlConnection(connection);
        await stranger.OpenAsync(Token);
        await ExecuteAsync(stranger, $"create function collide() returns trigger language plpgsql as $$ begin raise exception using errcode = 'serialization_failure'; end $$; create trigger collide before insert on {options.Schema}.job for each statement execute function collide()");

        var told = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await nodes.Store.Jobs.SubmitAsync([nodes.Spec()], Token));
        await ExecuteAsync(stranger, "drop function collide cascade");

        Assert.Contains("rolled the transaction back several times because of others", told.Message, StringComparison.Ordinal);
        Assert.IsType<Submission.Accepted>((await nodes.Store.Jobs.SubmitAsync([nodes.Spec()], Token))[0]);
    }

    private static Task LockAsync(NpgsqlConnection connection, JobId job) => ExecuteAsync(connection, $"select from {SchemaOf(connection)}.job where job_id = '{job.Value}' for update");

    private static string SchemaOf(NpgsqlConnection connection) => new NpgsqlConnectionStringBuilder(connection.ConnectionString).SearchPath!;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<T> ScalarAsync<T>(string connection, string sql)
    {
        await using var asked = new NpgsqlConnection(connection + ";Pooling=false");
        await asked.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, asked);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task<(string Connection, PostgresStoreOptions Options)> DatabaseAsync()
    {
        var schema = PostgresStores.NewSchema();
        return ($"{shared.Cluster.ConnectionString(await shared.NewDatabaseAsync(Token))};Maximum Pool Size=8;Search Path={schema}", new PostgresStoreOptions { Schema = schema });
    }
}
