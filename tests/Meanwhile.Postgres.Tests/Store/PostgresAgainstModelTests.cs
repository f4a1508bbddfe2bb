using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Postgres.Tests.Store;

public sealed class PostgresAgainstModelTests(SharedCluster shared)
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public async Task Any_sequence_of_operations_answers_as_the_model_does(int seed, bool throughBouncer)
    {
        var store = await PostgresStores.OpenAsync(shared, throughBouncer);
        try
        {
            await StoreComparison.RunAsync(store, StoreUnderTest.Model(isShared: true), seed, steps: 600);
        }
        finally
        {
            await store.Closing();
        }
    }
}
