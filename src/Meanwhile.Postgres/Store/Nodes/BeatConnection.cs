using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Nodes;

/// <summary>The connection that this node beats on: its own, so that a busy pool does not hold a beat up, and used without the thread pool, so that busy threads do not either.</summary>
/// <remarks>Made anew after a failure. Safe for concurrent use: beats go one after the other.</remarks>
internal sealed class BeatConnection(Database database, StoreClock clock) : IDisposable
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
            database.History.Check();
            try
            {
                return BeatOnce(node);
            }
            catch (Exception elsewhere) when (History.IsAnotherTimeline(elsewhere))
            {
                throw database.History.End();
            }
            catch (Exception error)
            {
                Dispose();
                database.History.Check();
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
        _connection ??= database.Alone.OpenConnection();
        using var batch = new NpgsqlBatch(_connection);
        if (!database.IsDirect && database.History.Guard is { } guard) Add(batch, guard);
        Add(batch, new Call(NodeSql.Beat, Parameters.Text(node.Node), Parameters.Long(node.Epoch)));
        using var reader = batch.ExecuteReader();
        if (batch.BatchCommands.Count > 1) reader.NextResult();
        if (!reader.Read()) return null;
        clock.Learn(reader.GetFieldValue<DateTimeOffset>(1));
        return reader.GetBoolean(0);
    }

    private void Add(NpgsqlBatch batch, Call call)
    {
        var command = new NpgsqlBatchCommand(database.Schema.In(call.Sql));
        foreach (var parameter in call.Parameters) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }
}
