using System.Collections.Concurrent;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Names;

/// <summary>The row of each node's epoch that this process met. Safe for concurrent use.</summary>
internal sealed class NodeIds(Database database)
{
    private readonly ConcurrentDictionary<NodeEpoch, int> _ids = new(); // a few a day

    /// <summary>Takes a row that is known.</summary>
    public void Learn(NodeEpoch node, int id) => _ids[node] = id;

    /// <summary>The row of an epoch; null when there is none.</summary>
    public async ValueTask<int?> FindAsync(NodeEpoch node, CancellationToken cancellationToken)
    {
        if (_ids.TryGetValue(node, out var known)) return known;
        var id = await database.ScalarAsync<int?>(new Call(NodeSql.Id, Parameters.Text(node.Node), Parameters.Long(node.Epoch)), cancellationToken);
        if (id is { } found) Learn(node, found);
        return id;
    }
}
