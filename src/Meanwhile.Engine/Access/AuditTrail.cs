using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>Writes and reads the audit log.</summary>
internal sealed class AuditTrail(IAuditLog log, JobIdMaker ids, TimeProvider time)
{
    /// <summary>Records an action, durably, before its answer is given.</summary>
    /// <param name="detail">Without secrets, statement text or parameters.</param>
    public ValueTask RecordAsync(Caller caller, string action, string subject, IReadOnlyDictionary<string, string>? detail, CancellationToken cancellationToken) =>
        RecordAsync(caller.Project, caller.Principal, action, subject, detail, cancellationToken);

    /// <summary>Records an action on many subjects, in one write.</summary>
    public ValueTask RecordAsync(Caller caller, string action, IReadOnlyList<string> subjects, CancellationToken cancellationToken) =>
        log.AppendAsync([.. subjects.Select(subject => new AuditEntry(ids.Next().Value, time.GetUtcNow(), caller.Project, caller.Principal, action, subject, null))], cancellationToken);

    /// <summary>Records an action of somebody who has no caller.</summary>
    public ValueTask RecordAsync(string project, string principal, string action, string subject, IReadOnlyDictionary<string, string>? detail, CancellationToken cancellationToken)
    {
        var text = detail is null ? null : JsonSerializer.Serialize(new Dictionary<string, string>(detail), AuditJson.Default.Details);
        return log.AppendAsync([new AuditEntry(ids.Next().Value, time.GetUtcNow(), project, principal, action, subject, text)], cancellationToken);
    }

    /// <summary>Entries, newest first.</summary>
    public async ValueTask<Page<AuditEntry>> ReadAsync(string? action, bool allProjects, string? cursor, int? limit, Caller caller, CancellationToken cancellationToken)
    {
        if (allProjects) Permissions.Need(caller, Permission.ReadAllAudit);
        var count = Paging.Limit(limit);
        var project = allProjects ? null : caller.Project;
        var list = Cursors.List("audit", project, action);
        var entries = await log.ReadAsync(project, Cursors.ToAudit(list, cursor), action, count, cancellationToken);
        return new Page<AuditEntry>(entries, entries.Count == count ? Cursors.OfAudit(list, entries[^1].Id) : null);
    }
}
