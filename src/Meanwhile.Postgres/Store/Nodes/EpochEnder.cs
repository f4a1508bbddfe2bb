using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;

namespace Meanwhile.Postgres.Store.Nodes;

/// <summary>An epoch and its row.</summary>
internal readonly record struct EpochRow(int Id, NodeEpoch Node);

/// <summary>Ends epochs and rescues what they ran.</summary>
internal sealed class EpochEnder(StoreClock clock, JobWriter writer)
{
    private const int RescueBatch = 1_000;

    /// <summary>Ends epochs whose rows are locked, and rescues their work: in a later statement, so that a claim that held the row was then seen.</summary>
    /// <returns>The rescued jobs, and what to do once it is committed.</returns>
    public async ValueTask<(List<JobId> Rescued, Action Committed)> EndAsync(Session session, IReadOnlyList<EpochRow> rows, CancellationToken cancellationToken)
    {
        List<JobId> rescued = [];
        List<Action> after = [];
        foreach (var row in rows)
        {
            await session.RunAsync([new Call(NodeSql.End, Parameters.Int(row.Id), clock.Parameter)], cancellationToken);
            while (await session.ListAsync(new Call(NodeSql.Running, Parameters.Int(row.Id), Parameters.Int(RescueBatch)), job => new JobId(job.GetGuid(0)), cancellationToken) is { Count: > 0 } jobs)
            {
                var locked = await writer.LockAsync(session, [], jobs, cancellationToken);
                foreach (var job in jobs) locked.Change(job, new JobChange.Rescue(row.Node));
                after.Add(await writer.WriteAsync(session, locked, [], cancellationToken));
                rescued.AddRange(locked.Changed.Select(job => job.Id));
            }
        }

        return (rescued, () => after.ForEach(action => action()));
    }
}
