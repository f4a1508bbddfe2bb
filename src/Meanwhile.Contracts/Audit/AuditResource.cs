namespace Meanwhile.Contracts;

/// <summary>Who did what to what, when.</summary>
public sealed record AuditResource
{
    /// <summary>A UUIDv7.</summary>
    public required string Id { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The project concerned; absent for the instance.</summary>
    public string? Project { get; init; }

    /// <summary>Who.</summary>
    public required string Principal { get; init; }

    /// <summary>Noun and verb: <c>source.create</c>, <c>key.revoke</c>, <c>access.denied</c>, <c>job.submit</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to.</summary>
    public required string Subject { get; init; }

    /// <summary>A small object without secrets, statement text or parameters.</summary>
    public RawJson? Detail { get; init; }
}
