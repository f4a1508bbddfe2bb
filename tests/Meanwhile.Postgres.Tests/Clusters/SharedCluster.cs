using System.Globalization;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Testing.Postgres;
using Npgsql;

[assembly: AssemblyFixture(typeof(SharedCluster))]

namespace Meanwhile.Postgres.Tests.Clusters;

/// <summary>The cluster and the pgbouncer that all tests of this assembly share; each test takes a database of its own.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private static int s_databases;
    private TemporaryCluster? _cluster;
    private TemporaryBouncer? _bouncer;

    /// <summary>The cluster.</summary>
    public TemporaryCluster Cluster => _cluster!;

    /// <summary>The pgbouncer in front of it, in transaction mode.</summary>
    public TemporaryBouncer Bouncer => _bouncer!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TemporaryCluster.StartAsync();
        _bouncer = await TemporaryBouncer.StartAsync(_cluster);
    }

    /// <summary>Makes a new, empty database.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> NewDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = $"t{Interlocked.Increment(ref s_databases).ToString(CultureInfo.InvariantCulture)}";
        await using var connection = new NpgsqlConnection(Cluster.ConnectionString());
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        if (_bouncer is not null) await _bouncer.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}
