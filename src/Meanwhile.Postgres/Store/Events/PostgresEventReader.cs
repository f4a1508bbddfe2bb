using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Events;

/// <summary>Reads the feed, having what is committed numbered first.</summary>
internal sealed class PostgresEventReader(Database database, Numbering numbering, Guid incarnation) : IEventReader
{
    /// <summary>How many batches one statement reads.</summary>
    private const int BatchesPerRead = 64;

    /// <summary>How many events one read looks at, when a filter passes most of them over.</summary>
    private const int LookedAtMax = 10_000;

    /// <summary>How many batches of one job are looked at.</summary>
    private const int ChainMax = 10_000;

    private sealed record Feed(long Last, int? ProjectId, long DroppedTo);

    /// <inheritdoc/>
    public async ValueTask<EventCursor> EndAsync(CancellationToken cancellationToken)
    {
        await numbering.NumberAsync(cancellationToken);
        return new EventCursor(incarnation, EventNumbers.EndOf(await database.ScalarAsync<long>(new Call(EventSql.Last), cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask<EventRead> ReadAsync(string project, EventCursor? after, EventFilter filter, int limit, CancellationToken cancellationToken)
    {
        await numbering.NumberAsync(cancellationToken);
        return await database.RunAsync<EventRead>(
            async (session, token) =>
            {
                var feed = await FindAsync(session, project, token);
                var (place, end) = (after?.After ?? 0, EventNumbers.EndOf(feed.Last));
                var isForeign = after is { } cursor && cursor.Incarnation != incarnation;
                if (isForeign || place > end || (place != 0 && place < feed.DroppedTo)) return new EventRead.Gone(new EventCursor(incarnation, feed.DroppedTo));
                if (feed.ProjectId is not { } projectId) return Answer([], end);
                return filter.Job is { } job
                    ? await ReadJobAsync(session, projectId, project, job, place, filter, limit, end, token)
                    : await ReadFeedAsync(session, projectId, project, place, filter, limit, end, token);
            },
            cancellationToken);
    }

    private static async ValueTask<Feed> FindAsync(Session session, string project, CancellationToken cancellationToken)
    {
        var feed = new Feed(0, null, 0);
        await session.RunAsync(
            [new Call(EventSql.Last), new Call(EventSql.Project, Parameters.Text(project))], // the end first: what is read later shows every event up to it
            async (index, reader, token) =>
            {
                if (!await reader.ReadAsync(token)) return;
                feed = index == 0 ? feed with { Last = reader.GetInt64(0) } : feed with { ProjectId = reader.GetInt32(0), DroppedTo = reader.GetInt64(1) };
            },
            cancellationToken);
        return feed;
    }

    private async ValueTask<EventRead> ReadFeedAsync(
        Session session, int projectId, string project, long place, EventFilter filter, int limit, long end, CancellationToken cancellationToken)
    {
        List<JobEvent> found = [];
        var (looked, last) = (0, place);
        while (true)
        {
            var batches = await session.ListAsync(new Call(EventSql.Feed, Parameters.Int(projectId), Parameters.Long(EventNumbers.Batch(last)), Parameters.Int(Math.Min(limit + 1, BatchesPerRead))), EventRows.Read, cancellationToken);
            var before = last;
            foreach (var item in Events(batches, project, last))
            {
                (looked, last) = (looked + 1, item.Number);
                if (Matches(item, filter)) found.Add(item);
                if (found.Count == limit || looked == LookedAtMax) return Answer(found, last);
            }

            if (last == before) return Answer(found, Math.Max(end, last));
        }
    }

    /// <summary>Follows a job's batches backwards from its newest, each naming the one before.</summary>
    private async ValueTask<EventRead> ReadJobAsync(
        Session session, int projectId, string project, JobId job, long place, EventFilter filter, int limit, long end, CancellationToken cancellationToken)
    {
        var newest = await session.ScalarAsync<long?>(new Call(EventSql.LastOfJob, Parameters.Uuid(job.Value), Parameters.Int(projectId)), cancellationToken);
        if (newest is null) return Answer([], end);
        var chain = await session.ListAsync(new Call(EventSql.Chain, Parameters.Long(newest.Value), Parameters.Uuid(job.Value), Parameters.Int(ChainMax), Parameters.Long(EventNumbers.Batch(place))), EventRows.Read, cancellationToken);
        chain.Reverse();
        List<JobEvent> found = [.. Events(chain, project, place).Where(item => item.Job == job && Matches(item, filter)).Take(limit)];
        return found.Count < limit ? Answer(found, Math.Max(end, found.Count > 0 ? found[^1].Number : place)) : Answer(found, found[^1].Number);
    }

    private static IEnumerable<JobEvent> Events(List<EventBatch> batches, string project, long after) => batches
        .SelectMany(batch => Enumerable.Range(0, batch.Jobs.Length).Where(place => EventNumbers.Of(batch.Number, place) > after).Select(place => batch.At(place, project)));

    private static bool Matches(JobEvent item, EventFilter filter) => filter.Kinds.Count == 0 || filter.Kinds.Contains(item.Data.Kind);

    private EventRead.Events Answer(List<JobEvent> found, long next) => new(found, new EventCursor(incarnation, next));
}
