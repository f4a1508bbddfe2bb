using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Registry;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>What one node changes in the registry, as another hears of it.</summary>
public sealed class RegistryNewsTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_heard_by_other_nodes_without_waiting_for_their_next_look()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2, options: new PostgresStoreOptions { Schema = PostgresStores.NewSchema(), WatchEvery = TimeSpan.FromHours(1) });
        var (one, other) = (nodes.All[0].Store, nodes.All[1].Store);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var listening = ListenAsync(other, stop.Token);
        await using var changes = other.Registry.WatchAsync(0, stop.Token).GetAsyncEnumerator(stop.Token);

        for (var i = 0; i < 3; i++) // what comes before the other listens is found when it begins to
        {
            var key = new DocumentKey("limit", "", $"tool:t{i}");
            await one.Registry.PutAsync(key, "{}", null, Token);
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
            Assert.Equal(key, changes.Current.Key);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
    }

    private static async Task ListenAsync(Meanwhile.Postgres.Store.Opening.PostgresStore store, CancellationToken cancellationToken)
    {
        await foreach (var told in store.Nodes.ListenAsync(cancellationToken)) Assert.NotNull(told);
    }
}
