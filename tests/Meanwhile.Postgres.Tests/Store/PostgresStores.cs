using System.Globalization;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store;

/// <summary>Makes stores for tests: each a copy of one database that was migrated once.</summary>
internal static class PostgresStores
{
    private static readonly SemaphoreSlim s_one = new(1); // a template can be copied once at a time
    private static string? s_template;
    private static int s_databases;

    /// <summary>Opens a new, empty store with a clock that the test moves.</summary>
    public static async ValueTask<StoreUnderTest> OpenAsync(SharedCluster shared, bool throughBouncer = false)
    {
        var time = new ManualTimeProvider();
        var database = await NewDatabaseAsync(shared);
        var store = await OpenAsync(ConnectionString(shared, database, throughBouncer), new PostgresStoreOptions { Clock = time });
        return Under(store, time, async () =>
        {
            await store.DisposeAsync();
            await DropAsync(shared, database);
        });
    }

    /// <summary>How a database is reached.</summary>
    public static string ConnectionString(SharedCluster shared, string database, bool throughBouncer = false) =>
        (throughBouncer ? shared.Bouncer.ConnectionString(database) : shared.Cluster.ConnectionString(database)) + ";Maximum Pool Size=8";

    /// <summary>Opens a store of a database.</summary>
    public static ValueTask<PostgresStore> OpenAsync(string connectionString, PostgresStoreOptions? options = null) =>
        PostgresStore.OpenAsync(connectionString, TimeProvider.System, Draws.Seeded(1), options, TestContext.Current.CancellationToken);

    /// <summary>A store's ports.</summary>
    public static StoreUnderTest Under(PostgresStore store, ManualTimeProvider time, Func<ValueTask> closing) =>
        new(time, store.Jobs, store.Reader, store.Events, store.Nodes, store.Registry, store.Audit, closing) { IsExclusive = false };

    /// <summary>Makes a database with an empty store.</summary>
    public static async Task<string> NewDatabaseAsync(SharedCluster shared)
    {
        await s_one.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            s_template ??= await MakeTemplateAsync(shared);
            var name = string.Create(CultureInfo.InvariantCulture, $"s{++s_databases}");
            await ExecuteAsync(shared, $"create database {name} template {s_template} strategy file_copy");
            return name;
        }
        finally
        {
            s_one.Release();
        }
    }

    /// <summary>Drops a database.</summary>
    public static Task DropAsync(SharedCluster shared, string database) => ExecuteAsync(shared, $"drop database {database} with (force)");

    private static async Task<string> MakeTemplateAsync(SharedCluster shared)
    {
        var name = await shared.NewDatabaseAsync(TestContext.Current.CancellationToken);
        await using var store = await OpenAsync(shared.Cluster.ConnectionString(name) + ";Pooling=false", new PostgresStoreOptions { Clock = new ManualTimeProvider() });
        return name;
    }

    private static async Task ExecuteAsync(SharedCluster shared, string sql)
    {
        await using var connection = new NpgsqlConnection(shared.Cluster.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
