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

    /// <summary>Records an action of somebody who has no caller.</summary>
    public ValueTask RecordAsync(string project, string principal, string action, string subject, IReadOnlyDictionary<string, string>? detail, CancellationToken cancellationToken)
    {
        var text = detail is null ? null : JsonSerializer.Serialize(new Dictionary<string, string>(detail), AuditJson.Default.Details);
        return log.AppendAsync([new AuditEntry(ids.Next().Value, time.GetUtcNow(), project, principal, action, subject, text)], cancellationToken);
    }

    /// <summary>Entries, newest first.</summary>
    public async ValueTask<Page<AuditEntry>> ReadAsync(string? action, bool allProjects, string? cursor, int? limit, Caller caller, CancellationToken cancellationToken)
    {
        Permissions.NeedAdmin(caller, "read the audit log");
        if (allProjects) Permissions.NeedInstanceAdmin(caller, "read the audit log of all projects");
        var count = Paging.Limit(limit);
        Guid? before = Cursors.ToName(cursor) is { } place ? Guid.TryParseExact(place, "N", out var id) ? id : throw SpecMaker.Invalid([new Problems.FieldError("cursor", "is no cursor of the audit log; use next_cursor of the page before")]) : null;
        var entries = await log.ReadAsync(allProjects ? null : caller.Project, before, action, count, cancellationToken);
        return new Page<AuditEntry>(entries, entries.Count == count ? Cursors.OfName(entries[^1].Id.ToString("N")) : null);
    }
}
