using System.Globalization;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;

namespace Meanwhile.Postgres.Tests.Store;

/// <summary>Makes stores for tests: each a schema of its own in one database, which is much cheaper than a database.</summary>
internal static class PostgresStores
{
    private static readonly SemaphoreSlim s_one = new(1);
    private static string? s_database;
    private static int s_schemas;

    /// <summary>Opens a new, empty store with a clock that the test moves.</summary>
    public static async ValueTask<StoreUnderTest> OpenAsync(SharedCluster shared, bool throughBouncer = false)
    {
        var time = new ManualTimeProvider();
        var store = await OpenAsync(await ConnectionStringAsync(shared, throughBouncer), new PostgresStoreOptions { Clock = time, Schema = NewSchema(), DirectConnectionString = throughBouncer ? await ConnectionStringAsync(shared) : null });
        return Under(store, time, store.DisposeAsync);
    }

    /// <summary>How the database that tests share is reached.</summary>
    public static async ValueTask<string> ConnectionStringAsync(SharedCluster shared, bool throughBouncer = false)
    {
        await s_one.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            s_database ??= await shared.NewDatabaseAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            s_one.Release();
        }

        return (throughBouncer ? shared.Bouncer.ConnectionString(s_database) : shared.Cluster.ConnectionString(s_database)) + ";Maximum Pool Size=8";
    }

    /// <summary>The name of a schema that is not there yet.</summary>
    public static string NewSchema() => string.Create(CultureInfo.InvariantCulture, $"s{Interlocked.Increment(ref s_schemas)}");

    /// <summary>Opens a store of a database.</summary>
    public static ValueTask<PostgresStore> OpenAsync(string connectionString, PostgresStoreOptions? options = null) =>
        PostgresStore.OpenAsync(connectionString, TimeProvider.System, Draws.Seeded(1), options, TestContext.Current.CancellationToken);

    /// <summary>A store's ports.</summary>
    public static StoreUnderTest Under(PostgresStore store, ManualTimeProvider time, Func<ValueTask> closing) =>
        new(time, store.Jobs, store.Reader, store.Events, store.Nodes, store.Registry, store.Audit, closing) { Usage = store.Usage };
}
