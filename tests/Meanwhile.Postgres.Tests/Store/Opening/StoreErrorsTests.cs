using System.Net.Sockets;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Opening;

public sealed class StoreErrorsTests
{
    [Theory]
    [InlineData("53300", "max_connections")]
    [InlineData("57P01", "being shut down")]
    [InlineData("57P02", "being shut down")]
    [InlineData("57P03", "is starting")]
    [InlineData("53100", "disk is full")]
    [InlineData("53200", "out of memory")]
    [InlineData("25006", "only reads")]
    [InlineData("55P03", "gave the statement up")]
    [InlineData("57014", "gave the statement up")]
    [InlineData("40P01", "because of others")]
    [InlineData("08006", "does not work just now")]
    [InlineData("58030", "does not work just now")]
    public void What_passes_is_told_as_unavailable(string state, string sentence)
    {
        var told = Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new PostgresException("m", "ERROR", "ERROR", state)));

        Assert.Contains(sentence, told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_pass_is_told_as_what_it_is()
    {
        Assert.IsType<StoreUnusableException>(StoreErrors.Translate(new PostgresException("permission denied", "ERROR", "ERROR", "42501")));
        Assert.IsType<ArgumentException>(StoreErrors.Translate(new PostgresException("invalid byte sequence", "ERROR", "ERROR", "22021")));
        Assert.IsType<InvalidOperationException>(StoreErrors.Translate(new PostgresException("syntax error", "ERROR", "ERROR", "42601")));
    }

    [Fact]
    public void A_lost_connection_is_unavailable_and_what_is_no_error_of_the_database_stays()
    {
        Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new NpgsqlException("x", new SocketException())));
        Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new NpgsqlException("x", new TimeoutException())));
        Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new NpgsqlException("x")));
        Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new TimeoutException()));
        Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new IOException()));
        Assert.IsType<StoreUnavailableException>(StoreErrors.Translate(new SocketException()));
        var other = new FormatException();
        Assert.Same(other, StoreErrors.Translate(other));
    }

    [Theory]
    [InlineData("40P01", true)]
    [InlineData("40001", true)]
    [InlineData("23505", true)]
    [InlineData("26000", true)]
    [InlineData("53100", false)]
    public void A_collision_is_tried_again(string state, bool isCollision) => Assert.Equal(isCollision, StoreErrors.IsCollision(new PostgresException("m", "ERROR", "ERROR", state)));
}
