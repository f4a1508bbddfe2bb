using Meanwhile.Stores;

namespace Meanwhile.Postgres.Tests.Store.Faults;

public sealed class OldServerTests
{
    [Theory]
    [InlineData("12.22 (Debian 12.22-1)", "12.22")]
    [InlineData("14.9", "14.9")]
    public async Task A_server_that_is_too_old_is_refused_before_it_is_asked_anything(string version, string shown)
    {
        await using var server = new OldServer(version);

        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(server.ConnectionString));

        Assert.Contains($"PostgreSQL {shown}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is too old: 15 or newer is needed.", refused.Message, StringComparison.Ordinal);
    }
}
