using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>Living nodes, in memory.</summary>
internal sealed class NodeTable(WriteSession session)
{
    private const int RescueBatch = 10_000;
    private readonly Dictionary<NodeEpoch, long> _living = [];

    /// <summary>Whether the epoch goes on.</summary>
    public bool IsAlive(NodeEpoch node) => _living.ContainsKey(node);

    /// <summary>The row of an owner.</summary>
    public long Id(NodeEpoch node) => _living[node]; // only a living node owns anything

    /// <summary>Begins an epoch; ends those of its name, and a server's those of all servers.</summary>
    public Registered Register(NodeRegistration registration)
    {
        var last = session.Use(NodeSql.LastEpoch);
        last.Bind(1, registration.Node);
        var node = new NodeEpoch(registration.Node, 1 + (Session.First(last) ?? 0));
        JobId[] rescued = [.. _living.Keys.Where(other => other.Node == node.Node || (!other.IsWorker && !node.IsWorker)).ToList().SelectMany(End)];
        var insert = session.Use(NodeSql.Insert);
        insert.Bind(1, node.Node);
        insert.Bind(2, node.Epoch);
        insert.Bind(3, registration.Host);
        insert.Bind(4, registration.ProcessId);
        insert.Bind(5, registration.Version);
        insert.Bind(6, Micros.Of(session.Now));
        insert.Bind(7, (long)registration.Roles);
        insert.Bind(8, string.Join(' ', registration.Tools));
        insert.RunToEnd();
        _living[node] = session.Connection.LastInsertRowId;
        return new Registered(node, rescued);
    }

    /// <summary>Raises a node's counter.</summary>
    public BeatAnswer Beat(NodeEpoch node)
    {
        if (!IsAlive(node)) return BeatAnswer.Ended;
        var beat = session.Use(NodeSql.Beat);
        beat.Bind(1, node.Node);
        beat.Bind(2, node.Epoch);
        beat.RunToEnd();
        var draining = session.Use(NodeSql.IsDraining);
        draining.Bind(1, node.Node);
        draining.Bind(2, node.Epoch);
        return Session.First(draining) is > 0 ? BeatAnswer.Draining : BeatAnswer.Beating;
    }

    /// <summary>Has a living node claim nothing, or claim again; false when none of that name lives.</summary>
    public bool SetDraining(string node, bool draining)
    {
        var set = session.Use(NodeSql.SetDraining);
        set.Bind(1, node);
        set.Bind(2, draining ? 1 : 0);
        set.RunToEnd();
        return session.Connection.Changes > 0;
    }

    /// <summary>Ends an epoch and rescues its work.</summary>
    /// <returns>The rescued jobs; none when it had ended before.</returns>
    public List<JobId> End(NodeEpoch node)
    {
        if (!_living.TryGetValue(node, out var id)) return [];
        var now = session.Now;
        var end = session.Use(NodeSql.End);
        end.Bind(1, id);
        end.Bind(2, Micros.Of(now));
        end.RunToEnd();
        var rescued = Rescue(node, id, now);
        _living.Remove(node);
        return rescued;
    }

    /// <summary>Reads them anew.</summary>
    public void Load()
    {
        _living.Clear();
        foreach (var (node, id) in Session.All(session.Use(NodeSql.Living), row => (new NodeEpoch(row.String(1)!, row.Int64(2)), row.Int64(0)))) _living[node] = id;
    }

    private List<JobId> Rescue(NodeEpoch node, long id, DateTimeOffset now)
    {
        List<JobId> rescued = [];
        var owned = session.Use(JobSql.Owned);
        owned.Bind(1, id);
        owned.Bind(2, RescueBatch);
        while (Session.All(owned, row => row.Int64(0)) is { Count: > 0 } rows) // each leaves the index that is read here
        {
            foreach (var row in rows)
            {
                var job = session.Jobs.At(row);
                session.Jobs.Change(job, new JobChange.Rescue(node), now);
                rescued.Add(job.Record.Id);
            }
        }

        return rescued;
    }
}
