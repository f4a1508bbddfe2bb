using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;
using Npgsql;

namespace Meanwhile.Postgres.Store.Nodes;

/// <summary>Nodes that share a store: registering ends earlier epochs of the same name alone.</summary>
/// <remarks>Whoever ends an epoch locks its row first, and rescues in later statements of that transaction: a claim that holds the row was then seen, and none comes after it.</remarks>
internal sealed class PostgresNodeStore(Database database, StoreClock clock, NodeIds ids, JobWriter writer, BeatConnection beats, Listener listener) : INodeStore
{
    private const int ListedMax = 1_000;
    private readonly EpochEnder _ender = new(clock, writer);

    /// <inheritdoc/>
    public async ValueTask<Registered> RegisterAsync(NodeRegistration registration, CancellationToken cancellationToken)
    {
        var name = registration.Node;
        var (began, rescued, after) = await database.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync([Session.Begin, new Call(NodeSql.LockName, Parameters.Text(name))], token);
                await database.History.CheckAsync(session, token); // whoever restores ends every epoch, so that each node comes by here
                var living = await session.ListAsync(new Call(NodeSql.LockLiving, Parameters.Text(name)), row => ReadRow(row, name), token);
                var (jobs, committed) = await _ender.EndAsync(session, living, token);
                var register = new Call(NodeSql.Register, Parameters.Text(name), Parameters.Text(registration.Host), Parameters.Int(registration.ProcessId), Parameters.Text(registration.Version), clock.Parameter, Parameters.Int((int)registration.Roles), Parameters.Text(string.Join(' ', registration.Tools)));
                return ((await session.ListAsync([register, Session.Commit], row => ReadRow(row, name), token))[0], jobs, committed);
            },
            cancellationToken);
        after();
        ids.Learn(began.Node, began.Id);
        return new Registered(began.Node, rescued);
    }

    /// <inheritdoc/>
    /// <remarks>A worker's beat comes over the network anyway, and must hold up neither a thread nor this node's own.</remarks>
    public async ValueTask<BeatAnswer> BeatAsync(NodeEpoch node, CancellationToken cancellationToken) =>
        (node.IsWorker ? await database.ScalarAsync<bool?>(new Call(NodeSql.Beat, Parameters.Text(node.Node), Parameters.Long(node.Epoch)), cancellationToken) : beats.Beat(node)) switch
        {
            null => BeatAnswer.Ended,
            true => BeatAnswer.Draining,
            false => BeatAnswer.Beating,
        };

    /// <inheritdoc/>
    public async ValueTask<bool> SetDrainingAsync(string node, bool draining, CancellationToken cancellationToken) =>
        await database.ScalarAsync<int?>(new Call(NodeSql.SetDraining, Parameters.Text(node), Parameters.Bool(draining)), cancellationToken) is not null;

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public ValueTask TellAsync(WakeUp wakeUp, CancellationToken cancellationToken) => database.RunAsync([new Call(NodeSql.Tell, Parameters.Text(WakeUpText.Of(wakeUp)))], cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<WakeUp> ListenAsync(CancellationToken cancellationToken) => listener.ListenAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NodeBeat>> ReadBeatsAsync(CancellationToken cancellationToken) =>
        await database.ListAsync(new Call(NodeSql.Living), row => new NodeBeat(new NodeEpoch(row.GetString(0), row.GetInt64(1)), row.GetInt64(2)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JobId>> DeclareDeadAsync(NodeEpoch dead, CancellationToken cancellationToken)
    {
        var (rescued, after) = await database.RunAsync(
            async (session, token) =>
            {
                var found = await session.ListAsync([Session.Begin, new Call(NodeSql.LockOne, Parameters.Text(dead.Node), Parameters.Long(dead.Epoch))], row => ReadRow(row, dead.Node), token);
                var ended = await _ender.EndAsync(session, found, token);
                await session.RunAsync([Session.Commit], token);
                return ended;
            },
            cancellationToken);
        after();
        return rescued;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken) =>
        await database.ListAsync(new Call(NodeSql.List, Parameters.Int(ListedMax)), ReadInfo, cancellationToken);

    private static EpochRow ReadRow(NpgsqlDataReader row, string name) => new(row.GetInt32(0), new NodeEpoch(name, row.GetInt64(1)));

    private static NodeInfo ReadInfo(NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        var node = new NodeEpoch(columns.Text(), columns.Long());
        var registration = new NodeRegistration(node.Node, columns.Text(), columns.Int(), columns.Text());
        var (registeredAt, endedAt, roles, draining) = (columns.Time(), columns.NullableTime(), (NodeRoles)columns.Int(), columns.Bool());
        var running = (int)columns.Long();
        var tools = columns.Text().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new NodeInfo(node, registration with { Roles = roles, Tools = tools }, registeredAt, endedAt, running, draining);
    }
}
