using System.Runtime.CompilerServices;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Reading;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;

namespace Meanwhile.Sqlite.Store.Nodes;

/// <summary>Nodes of a store that one server holds: registering a server ends all other servers.</summary>
internal sealed class SqliteNodeStore(StoreWriter writer, ReaderPool readers, TimeProvider time) : INodeStore
{
    private const int ListedMax = 1_000;

    /// <inheritdoc/>
    public ValueTask<Registered> RegisterAsync(NodeRegistration registration, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => session.Nodes.Register(registration), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BeatAnswer> BeatAsync(NodeEpoch node, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => session.Nodes.Beat(node), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> SetDrainingAsync(string node, bool draining, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => session.Nodes.SetDraining(node, draining), cancellationToken);

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public ValueTask TellAsync(WakeUp wakeUp, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async IAsyncEnumerable<WakeUp> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken); // there is no other node that could tell
        yield break;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobId>> DeclareDeadAsync(NodeEpoch dead, CancellationToken cancellationToken) =>
        writer.WriteAsync<IReadOnlyList<JobId>>(session => session.Nodes.End(dead), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => readers.ReadAsync<IReadOnlyList<NodeBeat>>(
        session => Session.All(session.Use(NodeSql.Living), row => new NodeBeat(new NodeEpoch(row.String(1)!, row.Int64(2)), row.Int64(3))),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken) => readers.ReadAsync<IReadOnlyList<NodeInfo>>(
        session =>
        {
            var list = session.Use(NodeSql.List);
            list.Bind(1, ListedMax);
            return Session.All(list, Read);
        },
        cancellationToken);

    private static NodeInfo Read(Statement row)
    {
        var name = row.String(0)!;
        var registration = new NodeRegistration(name, row.String(2)!, (int)row.Int64(3), row.String(4)!, (NodeRoles)row.Int64(7))
        {
            Tools = row.String(10)!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };
        return new NodeInfo(new NodeEpoch(name, row.Int64(1)), registration, Micros.Time(row.Int64(5)), Micros.Time(row.NullableInt64(6)), (int)row.Int64(9), row.Int64(8) != 0);
    }
}
