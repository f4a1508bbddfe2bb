using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Registry;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Jobs;
using Meanwhile.Sqlite.Store.Reading;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Sqlite.Store.Writing;

namespace Meanwhile.Sqlite.Store.Registry;

/// <summary>The audit log: its own entries, and jobs' rows as entries of their submission.</summary>
internal sealed class SqliteAuditLog(StoreWriter writer, ReaderPool readers) : IAuditLog
{
    /// <inheritdoc/>
    public async ValueTask AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) => await writer.WriteAsync(
        session =>
        {
            foreach (var entry in entries) Append(session, entry);
            return true;
        },
        cancellationToken);

    private static void Append(Session session, AuditEntry entry)
    {
        var append = session.Use(RegistrySql.Append);
        append.Bind(1, new JobId(entry.Id));
        append.Bind(2, Micros.Of(entry.At));
        append.Bind(3, entry.Project);
        append.Bind(4, entry.Principal);
        append.Bind(5, entry.Action);
        append.Bind(6, entry.Subject);
        append.Bind(7, entry.Detail);
        append.RunToEnd();
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(string? project, Guid? before, string? action, int limit, CancellationToken cancellationToken)
    {
        var last = before is { } id ? new JobId(id) : JobId.Max;
        return readers.ReadAsync<IReadOnlyList<AuditEntry>>(
            session =>
            {
                var entries = action == AuditEntry.JobSubmit ? [] : Entries(session, project, last, action, limit);
                var submissions = action is null or AuditEntry.JobSubmit ? Submissions(session, project, last, limit) : [];
                return [.. entries.Concat(submissions).OrderByDescending(entry => entry.Id).Take(limit)];
            },
            cancellationToken);
    }

    private static List<AuditEntry> Entries(Session session, string? project, JobId before, string? action, int limit)
    {
        var find = session.Use(project is null ? RegistrySql.AuditOfAll : RegistrySql.AuditOfProject);
        find.Bind(1, before);
        find.Bind(2, action);
        find.Bind(3, limit);
        if (project is not null) find.Bind(4, project);
        return Session.All(find, row => new AuditEntry(row.Id(0).Value, Micros.Time(row.Int64(1)), row.String(2)!, row.String(3)!, row.String(4)!, row.String(5)!, row.String(6)));
    }

    private static List<AuditEntry> Submissions(Session session, string? project, JobId before, int limit)
    {
        var find = session.Use(project is null ? RegistrySql.SubmissionsOfAll : RegistrySql.SubmissionsOfProject);
        find.Bind(1, before);
        find.Bind(2, limit);
        if (project is not null) find.Bind(3, project);
        return Session.All(find, ReadSubmission);
    }

    private static AuditEntry ReadSubmission(Statement row)
    {
        var id = row.Id(0);
        var source = row.String(5);
        var detail = JsonSerializer.Serialize(new SubmissionAudit(row.String(4)!, source is "" ? null : source), AuditJson.Default.SubmissionAudit);
        return new AuditEntry(id.Value, Micros.Time(row.Int64(1)), row.String(2)!, row.String(3)!, AuditEntry.JobSubmit, id.ToString(), detail);
    }
}
