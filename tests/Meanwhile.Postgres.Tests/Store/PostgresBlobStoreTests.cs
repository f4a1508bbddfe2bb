using Meanwhile.Blobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Tests.Clusters;

namespace Meanwhile.Postgres.Tests.Store;

public abstract class PostgresBlobStoreSuite(SharedCluster shared, bool throughBouncer) : BlobStoreConformance, IAsyncLifetime
{
    private PostgresStore? _store;

    protected override IBlobStore Store => _store!.Blobs;

    public async ValueTask InitializeAsync() =>
        _store = await PostgresStores.OpenAsync(await PostgresStores.ConnectionStringAsync(shared, throughBouncer), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });

    public async ValueTask DisposeAsync()
    {
        await _store!.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class PostgresBlobStoreTests(SharedCluster shared) : PostgresBlobStoreSuite(shared, throughBouncer: false)
{
    [Fact]
    public async Task A_large_blob_is_kept_in_chunks_and_any_range_of_it_is_read_back()
    {
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        await WriteAsync("large", content);

        Assert.Equal(content, await ReadAsync("large", 0, content.Length));
        Assert.Equal(content[262_000..800_001], await ReadAsync("large", 262_000, 538_001));
        Assert.Equal(content[^1..], await ReadAsync("large", content.Length - 1, 1));
    }
}

public sealed class PostgresBlobStoreBehindBouncerTests(SharedCluster shared) : PostgresBlobStoreSuite(shared, throughBouncer: true);
