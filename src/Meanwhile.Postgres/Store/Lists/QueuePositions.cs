using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Lists;

/// <summary>Counts how many due jobs are ahead, by the index that claims read, up to a limit. Jobs of one queue share the reading.</summary>
/// <remarks>Each queue is read from its mark on, and moves it, as a node that only answers requests never claims.</remarks>
internal sealed class QueuePositions(Database database, StoreClock clock, LaneNames lanes, WaitingQueues queues)
{
    private readonly record struct Queue(int ProjectId, string Project, string Source, string Tool);

    private readonly record struct Place(Guid Id, int Position, QueueKey Key, DateTimeOffset RunAt, bool IsFirst);

    /// <summary>The position of each; null unless it is pending and due.</summary>
    public ValueTask<IReadOnlyList<int?>> FindAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<int?>>(
        async (session, token) =>
        {
            Guid[] asked = [.. ids.Select(id => id.Value)];
            var due = await session.ListAsync(new Call(ClaimSql.Places, Parameters.Uuids([.. asked.Distinct()]), clock.Parameter), row => (Id: row.GetGuid(0), ProjectId: row.GetInt32(1), LaneId: row.GetInt32(2)), token);
            Dictionary<Guid, int?> positions = due.ToDictionary(job => job.Id, _ => (int?)IJobReader.PositionMax);
            foreach (var queue in await QueuesAsync([.. due.Select(job => (job.ProjectId, job.LaneId)).Distinct()], token))
            {
                foreach (var place in await AheadAsync(session, queue, asked, token))
                {
                    if (positions.ContainsKey(place.Id)) positions[place.Id] = place.Position;
                }
            }

            return [.. asked.Select(id => positions.GetValueOrDefault(id))];
        },
        cancellationToken);

    private async ValueTask<IEnumerable<Queue>> QueuesAsync(List<(int ProjectId, int LaneId)> places, CancellationToken cancellationToken)
    {
        var named = await lanes.GetAsync(places.ConvertAll(place => place.LaneId), cancellationToken);
        return places.Zip(named, (place, lane) => new Queue(place.ProjectId, lane.Project, lane.Source, lane.Source.Length == 0 ? lane.Tool : "")).Distinct();
    }

    private async ValueTask<List<Place>> AheadAsync(Session session, Queue queue, Guid[] asked, CancellationToken cancellationToken)
    {
        var looks = queues.LookAt(lanes.Together(queue.Project, queue.Source, queue.Tool));
        var places = await session.ListAsync(Ahead(queue, asked, looks), Read, cancellationToken);
        foreach (var (look, first) in looks.Join(places.Where(place => place.IsFirst), look => look.Key, place => place.Key, (look, place) => (look, place.RunAt))) queues.SetMark(look, first);
        return places;
    }

    private Call Ahead(Queue queue, Guid[] asked, List<QueueLook> looks) => new(
        ClaimSql.Ahead,
        Parameters.Int(queue.ProjectId),
        Parameters.Text(queue.Source),
        Parameters.Text(queue.Tool),
        clock.Parameter,
        Parameters.Int(IJobReader.PositionMax),
        Parameters.Uuids(asked),
        Parameters.Ints([.. looks.Select(look => look.Key.LaneId)]),
        Parameters.Shorts([.. looks.Select(look => look.Key.Priority)]),
        Parameters.Times([.. looks.Select(look => Marks.Before(look.From, Marks.Trail))]));

    private static Place Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetInt32(1), new QueueKey(row.GetInt32(2), row.GetInt16(3)), row.GetFieldValue<DateTimeOffset>(4), row.GetBoolean(5));
}
