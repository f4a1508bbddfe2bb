using Npgsql;

namespace Meanwhile.Postgres.Tests.Clusters;

public sealed class SharedClusterTests(SharedCluster shared)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_database_answers_directly_and_through_pgbouncer(bool throughBouncer)
    {
        var database = await shared.NewDatabaseAsync(TestContext.Current.CancellationToken);
        await using var connection = new NpgsqlConnection(throughBouncer ? shared.Bouncer.ConnectionString(database) : shared.Cluster.ConnectionString(database));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("select current_database()", connection);
        Assert.Equal(database, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
