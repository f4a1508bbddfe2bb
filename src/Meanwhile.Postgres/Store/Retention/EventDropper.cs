using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Events;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Retention;

/// <summary>Drops each project's events from its oldest batch on, up to the first that is young enough.</summary>
internal static class EventDropper
{
    private readonly record struct Batch(long Number, DateTimeOffset At, int Count);

    /// <summary>Drops at most so many events; a batch goes as a whole.</summary>
    /// <returns>How many went; no more than the maximum is told.</returns>
    public static async ValueTask<int> DropAsync(Session session, DateTimeOffset until, int max, CancellationToken cancellationToken)
    {
        var dropped = 0;
        foreach (var project in await session.ListAsync(new Call(EventSql.ProjectsWithOld, Parameters.Time(until)), row => row.GetInt32(0), cancellationToken))
        {
            if (dropped >= max) break;
            dropped += await DropAsync(session, project, until, max - dropped, cancellationToken);
        }

        return Math.Min(dropped, max);
    }

    private static async ValueTask<int> DropAsync(Session session, int project, DateTimeOffset until, int max, CancellationToken cancellationToken)
    {
        var (count, last) = (0, default(Batch?));
        var oldest = await session.ListAsync(
            new Call(EventSql.Oldest, Parameters.Int(project), Parameters.Int(max)), row => new Batch(row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), row.GetInt32(3)), cancellationToken);
        foreach (var batch in oldest.TakeWhile(batch => batch.At <= until))
        {
            if (count >= max) break;
            (count, last) = (count + batch.Count, batch);
        }

        if (last is not { } end) return 0;
        await session.RunAsync(
            [
                new Call(EventSql.Delete, Parameters.Int(project), Parameters.Long(end.Number)),
                new Call(EventSql.DroppedTo, Parameters.Int(project), Parameters.Long(EventNumbers.Of(end.Number, end.Count - 1))),
            ],
            cancellationToken);
        return count;
    }
}
