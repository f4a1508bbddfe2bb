using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Registry;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Registry;

/// <summary>The audit log: its own entries, and jobs' rows as entries of their submission.</summary>
internal sealed class PostgresAuditLog(Database database) : IAuditLog
{
    /// <inheritdoc/>
    public ValueTask AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) => database.RunAsync([new Call(RegistrySql.Append, Columns([.. entries]))], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(string? project, Guid? before, string? action, int limit, CancellationToken cancellationToken)
    {
        var last = before ?? JobId.Max.Value;
        var entries = action == AuditEntry.JobSubmit ? [] : await database.ListAsync(Entries(project, last, action, limit), ReadEntry, cancellationToken);
        var submissions = action is null or AuditEntry.JobSubmit ? await database.ListAsync(Submissions(project, last, limit), ReadSubmission, cancellationToken) : [];
        return [.. entries.Concat(submissions).OrderByDescending(entry => entry.Id).Take(limit)];
    }

    private static Call Entries(string? project, Guid before, string? action, int limit)
    {
        NpgsqlParameter[] parameters = [Parameters.Uuid(before), Parameters.Text(action), Parameters.Int(limit)];
        return project is null ? new Call(RegistrySql.AuditOfAll, parameters) : new Call(RegistrySql.AuditOfProject, [.. parameters, Parameters.Text(project)]);
    }

    private static Call Submissions(string? project, Guid before, int limit)
    {
        NpgsqlParameter[] parameters = [Parameters.Uuid(before), Parameters.Int(limit)];
        return project is null ? new Call(RegistrySql.SubmissionsOfAll, parameters) : new Call(RegistrySql.SubmissionsOfProject, [.. parameters, Parameters.Text(project)]);
    }

    private static NpgsqlParameter[] Columns(AuditEntry[] entries) =>
    [
        Parameters.Uuids(Array.ConvertAll(entries, entry => entry.Id)),
        Parameters.Times(Array.ConvertAll(entries, entry => StoreClock.CutOff(entry.At))),
        Parameters.Texts(Array.ConvertAll(entries, entry => entry.Project)),
        Parameters.Texts(Array.ConvertAll(entries, entry => entry.Principal)),
        Parameters.Texts(Array.ConvertAll(entries, entry => entry.Action)),
        Parameters.Texts(Array.ConvertAll(entries, entry => entry.Subject)),
        Parameters.Sparse<string>(Array.ConvertAll(entries, entry => entry.Detail), NpgsqlDbType.Text),
    ];

    private static AuditEntry ReadEntry(NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        return new AuditEntry(columns.Uuid(), columns.Time(), columns.Text(), columns.Text(), columns.Text(), columns.Text(), columns.NullableText());
    }

    private static AuditEntry ReadSubmission(NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        var (id, at, project, by, tool, source) = (new JobId(columns.Uuid()), columns.Time(), columns.Text(), columns.Text(), columns.Text(), columns.Text());
        var detail = JsonSerializer.Serialize(new SubmissionAudit(tool, source.Length == 0 ? null : source), AuditJson.Default.SubmissionAudit);
        return new AuditEntry(id.Value, at, project, by, AuditEntry.JobSubmit, id.ToString(), detail);
    }
}
