using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Jobs;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Retention;

/// <summary>Removes what is over its time, in batches.</summary>
internal static class Retaining
{
    /// <summary>One batch of each kind.</summary>
    public static RetentionResult Retain(WriteSession session, RetentionRequest request)
    {
        var now = session.Now;
        var expiring = Rows(session, RetentionSql.Expiring, now, request.BatchMax);
        foreach (var row in expiring) Expire(session, session.Jobs.At(row), now);
        var forgetting = Rows(session, RetentionSql.Forgetting, now - request.HistoryAge, request.BatchMax);
        foreach (var row in forgetting) Forget(session, session.Jobs.At(row));
        return new RetentionResult(expiring.Count, forgetting.Count, DropEvents(session, Micros.Of(now - request.EventAge), request.BatchMax));
    }

    private static List<long> Rows(Session session, string sql, DateTimeOffset until, int limit)
    {
        var find = session.Use(sql);
        find.Bind(1, Micros.Of(until));
        find.Bind(2, limit);
        return Session.All(find, row => row.Int64(0));
    }

    private static void Expire(WriteSession session, StoredJob job, DateTimeOffset now)
    {
        session.Jobs.Change(job, new JobChange.Expire(), now);
        var find = session.Use(RetentionSql.Body);
        find.Bind(1, job.Row);
        var hasBody = find.Step();
        var statement = hasBody ? find.NullableInt64(0) : null;
        var labels = hasBody && !find.IsNull(1) ? JsonSerializer.Deserialize(find.Text(1), StoredJson.Default.DictionaryStringString)! : [];
        find.Reset();
        session.Jobs.Run(RetentionSql.DeleteBody, job.Row);
        session.Jobs.Run(RetentionSql.DeleteProgress, job.Row);
        foreach (var (name, value) in labels) DeleteLabel(session, job, name, value);
        if (statement is { } text) DeleteStatement(session, text);
    }

    private static void DeleteLabel(WriteSession session, StoredJob job, string name, string value)
    {
        var delete = session.Use(RetentionSql.DeleteLabel);
        delete.Bind(1, Files.Rows.ProjectOfJob(job.Row));
        delete.Bind(2, name);
        delete.Bind(3, value);
        delete.Bind(4, job.Record.Id);
        delete.RunToEnd();
    }

    private static void DeleteStatement(WriteSession session, long statement)
    {
        session.Jobs.Run(RetentionSql.DeleteStatement, statement);
        if (session.Connection.Changes > 0) session.Texts.Forget();
    }

    private static void Forget(WriteSession session, StoredJob job)
    {
        session.Jobs.Run(RetentionSql.DeleteResult, job.Row);
        session.Jobs.Run(RetentionSql.DeleteJob, job.Row);
        session.Jobs.Forget(job);
        session.Projects.Count(session.Projects[Files.Rows.ProjectOfJob(job.Row)], job.Record.State.Status, null);
    }

    /// <summary>Drops each project's events from its oldest on, up to the first that is young enough.</summary>
    private static int DropEvents(WriteSession session, long until, int batchMax)
    {
        var dropped = 0;
        foreach (var project in session.Projects.All.OrderBy(project => project.Name, StringComparer.Ordinal))
        {
            if (dropped == batchMax) break;
            dropped += DropEvents(session, project, until, batchMax - dropped);
        }

        return dropped;
    }

    private static int DropEvents(WriteSession session, ProjectRow project, long until, int limit)
    {
        var first = Files.Rows.OfEvent(project.Id, 0);
        var find = session.Use(EventSql.Oldest);
        find.Bind(1, first);
        find.Bind(2, Files.Rows.LastEvent(project.Id));
        find.Bind(3, limit);
        var (count, last) = (0, 0L);
        while (find.Step() && find.Int64(1) <= until) (count, last) = (count + 1, find.Int64(0));
        find.Reset();
        if (count == 0) return 0;
        var delete = session.Use(EventSql.Delete);
        delete.Bind(1, first);
        delete.Bind(2, last);
        delete.RunToEnd();
        project.EventsDroppedTo = Files.Rows.EventNumber(last);
        session.Projects.Touch(project);
        return count;
    }
}
