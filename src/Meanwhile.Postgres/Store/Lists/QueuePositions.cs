using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Lists;

/// <summary>Counts how many due jobs are ahead, by the index that claims read, up to a limit. Jobs of one queue share the reading.</summary>
internal sealed class QueuePositions(Database database, StoreClock clock)
{
    private readonly record struct Queue(int ProjectId, string Source, string Tool);

    /// <summary>The position of each; null unless it is pending and due.</summary>
    public ValueTask<IReadOnlyList<int?>> FindAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<int?>>(
        async (session, token) =>
        {
            Guid[] asked = [.. ids.Select(id => id.Value)];
            var places = await session.ListAsync(
                new Call(ClaimSql.Places, Parameters.Uuids(asked), clock.Parameter),
                row => (Id: row.GetGuid(0), Queue: new Queue(row.GetInt32(4), row.GetString(5), row.GetString(5).Length == 0 ? row.GetString(6) : "")),
                token);
            Dictionary<Guid, int> positions = [];
            foreach (var queue in places.Select(place => place.Queue).Distinct())
            {
                foreach (var (id, position) in await AheadAsync(session, queue, asked, token)) positions[id] = position;
            }

            var due = places.Select(place => place.Id).ToHashSet();
            return [.. asked.Select(id => due.Contains(id) ? positions.GetValueOrDefault(id, IJobReader.PositionMax) : null as int?)];
        },
        cancellationToken);

    private ValueTask<List<(Guid Id, int Position)>> AheadAsync(Session session, Queue queue, Guid[] asked, CancellationToken cancellationToken) => session.ListAsync(
        new Call(ClaimSql.Ahead, Parameters.Int(queue.ProjectId), Parameters.Text(queue.Source), Parameters.Text(queue.Tool), clock.Parameter, Parameters.Int(IJobReader.PositionMax), Parameters.Uuids(asked)),
        row => (row.GetGuid(0), row.GetInt32(1)),
        cancellationToken);
}
