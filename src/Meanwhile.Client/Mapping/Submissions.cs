using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;

namespace Meanwhile.Client;

/// <summary>Submissions as the wire takes them.</summary>
internal static class Submissions
{
    /// <summary>The body of a submission.</summary>
    public static JobSubmission Of(JobRequest request) => new()
    {
        Tool = request.Tool,
        Params = request.Params.ValueKind is JsonValueKind.Undefined ? null : request.Params,
        Source = request.Source,
        Priority = request.Priority,
        TtlHours = request.TtlHours,
        RunAt = request.RunAt,
        DelaySeconds = request.DelaySeconds,
        TimeoutSeconds = request.TimeoutSeconds,
        MaxAttempts = request.MaxAttempts,
        Labels = request.Labels is null ? null : new Dictionary<string, string>(request.Labels),
        LimitKey = request.LimitKey,
        Idempotent = request.Idempotent,
        StartDeadlineSeconds = request.StartDeadlineSeconds,
        MaxCost = request.MaxCost,
        IdempotencyKey = request.IdempotencyKey,
        OnDuplicate = request.OnDuplicate,
        Keep = request.Keep,
    };

    /// <summary>What goes into headers instead.</summary>
    public static IReadOnlyList<(string Name, string Value)> HeadersOf(JobRequest request) => request.TraceParent is { } trace ? [(HeaderNames.TraceParent, trace)] : [];
}
