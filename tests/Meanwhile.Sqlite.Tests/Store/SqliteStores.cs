using Meanwhile.Sqlite.Store;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;

namespace Meanwhile.Sqlite.Tests.Store;

internal static class SqliteStores
{
    public static async ValueTask<StoreUnderTest> OpenAsync(bool inline = false)
    {
        var time = new ManualTimeProvider();
        var directory = Directory.CreateTempSubdirectory("store").FullName;
        var store = await SqliteStore.OpenAsync(directory, time, Draws.Seeded(1), new SqliteStoreOptions { Inline = inline });
        return new StoreUnderTest(time, store.Jobs, store.Reader, store.Events, store.Nodes, store.Registry, store.Audit, async () =>
        {
            await store.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }) { Usage = store.Usage };
    }
}
