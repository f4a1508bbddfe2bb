using Meanwhile.Contracts;
using Meanwhile.Registry;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Audit;

/// <summary>Reading the audit log.</summary>
internal static class AuditOperations
{
    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/audit", "read_audit", "Reads the audit log, newest first.", ReadAsync)
        {
            Query =
            [
                new("action", "string", "Only this action, such as key.create."),
                new("all_projects", "boolean", "Of all projects and the instance; only for instance admins."),
                .. Paging.Parameters,
            ],
            Answers = [new(StatusCodes.Status200OK, "A page of entries.", ContractsJson.Wire.AuditList)],
        },
    ];

    private static async Task ReadAsync(Exchange exchange)
    {
        var query = exchange.Query;
        var page = await exchange.Administration.ReadAuditAsync(query.Text("action"), query.Flag("all_projects"), Paging.Cursor(query), Paging.Limit(query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.AuditList);
    }

    private static AuditResource ToResource(AuditEntry entry) => new()
    {
        Id = entry.Id.ToString("D"),
        At = entry.At,
        Project = entry.Project.Length == 0 ? null : entry.Project,
        Principal = entry.Principal,
        Action = entry.Action,
        Subject = entry.Subject,
        Detail = entry.Detail is { } detail ? RawJson.Of(detail) : null,
    };
}
