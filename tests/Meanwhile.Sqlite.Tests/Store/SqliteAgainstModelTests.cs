using Meanwhile.Testing.Stores;

namespace Meanwhile.Sqlite.Tests.Store;

public sealed class SqliteAgainstModelTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public async Task Any_sequence_of_operations_answers_as_the_model_does(int seed, bool inline)
    {
        var store = await SqliteStores.OpenAsync(inline);
        try
        {
            await StoreComparison.RunAsync(store, StoreUnderTest.Model(), seed, steps: 600);
        }
        finally
        {
            await store.Closing();
        }
    }
}
