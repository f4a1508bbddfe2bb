using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Nodes;

/// <summary>The connection that this node beats on: its own, so that a busy pool does not hold a beat up, and used without the thread pool, so that busy threads do not either.</summary>
/// <remarks>Made anew after a failure. Safe for concurrent use: beats go one after the other.</remarks>
internal sealed class BeatConnection(string connectionString, SchemaName schema) : IDisposable
{
    private readonly Lock _gate = new();
    private NpgsqlConnection? _connection;

    /// <summary>Raises the counter; blocks.</summary>
    /// <returns>Whether the node is to claim nothing; null when its epoch has ended.</returns>
    /// <exception cref="Stores.StoreUnavailableException">The database did not answer.</exception>
    public bool? Beat(NodeEpoch node)
    {
        lock (_gate)
        {
            try
            {
                return BeatOnce(node);
            }
            catch (Exception error)
            {
                Dispose();
                var told = StoreErrors.Translate(error);
                if (ReferenceEquals(told, error)) throw;
                throw told;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _connection?.Dispose();
            _connection = null;
        }
    }

    private bool? BeatOnce(NodeEpoch node)
    {
        if (_connection is null)
        {
            _connection = new NpgsqlConnection(connectionString);
            _connection.Open();
        }

        using var beat = new NpgsqlCommand(schema.In(NodeSql.Beat), _connection) { Parameters = { Parameters.Text(node.Node), Parameters.Long(node.Epoch) } };
        return (bool?)beat.ExecuteScalar();
    }
}
