using System.Text.Json.Serialization;

namespace Meanwhile.Registry;

/// <summary>Who did what to what, when.</summary>
/// <param name="Id">A UUIDv7, so that entries sort by time.</param>
/// <param name="Project">The project concerned; empty for the instance.</param>
/// <param name="Principal">Who; "anonymous" when nobody was recognised.</param>
/// <param name="Action">Noun and verb: <c>source.create</c>, <c>key.revoke</c>, <c>access.denied</c>, <c>job.submit</c>.</param>
/// <param name="Subject">What it was done to: a name or an id.</param>
/// <param name="Detail">A small JSON object without secrets, statement text or parameters; null = none.</param>
public sealed record AuditEntry(Guid Id, DateTimeOffset At, string Project, string Principal, string Action, string Subject, string? Detail)
{
    /// <summary>The action of a job's submission.</summary>
    public const string JobSubmit = "job.submit";
}

/// <summary>The append-only record of administrative and security actions, and of who ran what. Safe for concurrent use.</summary>
/// <remarks>A submission needs no entry of its own: the job's row, kept for history_days, is it, and <see cref="ReadAsync"/> shows it as <c>job.submit</c> with the job's id as subject and <c>{"tool", "source"}</c> as detail.</remarks>
public interface IAuditLog
{
    /// <summary>Appends entries, durably.</summary>
    ValueTask AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken);

    /// <summary>Entries, newest first, jobs' submissions among them.</summary>
    /// <param name="project">Null = of all projects and the instance.</param>
    /// <param name="before">Only entries with a smaller id; null = from the newest.</param>
    /// <param name="action">Only this action; null = all.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(string? project, Guid? before, string? action, int limit, CancellationToken cancellationToken);
}

/// <summary>What an audit entry says of a submitted job.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Source">The source; null for tools that use none.</param>
public sealed record SubmissionAudit(string Tool, string? Source);

/// <summary>The JSON of audit details.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmissionAudit))]
[JsonSerializable(typeof(Dictionary<string, string>), TypeInfoPropertyName = "Details")]
public sealed partial class AuditJson : JsonSerializerContext;
