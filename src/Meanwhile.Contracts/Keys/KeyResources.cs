using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>A key to be made.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record KeySubmission
{
    /// <summary>For people.</summary>
    public string? Name { get; init; }

    /// <summary><c>viewer</c>, <c>submitter</c> (default), <c>operator</c>, <c>admin</c> or <c>worker</c>.</summary>
    public string? Role { get; init; }

    /// <summary>Whether only its own jobs exist for it; for submitters and operators.</summary>
    public bool? OwnJobsOnly { get; init; }

    /// <summary>The names of the sources that exist for it, 1 to 100; default all. Not for admins.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Whether it may manage the instance; only an instance admin can give that.</summary>
    public bool? InstanceAdmin { get; init; }

    /// <summary>When it stops working; default never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Or after how many days it does: more than 0, at most 3,650.</summary>
    [Range(0.0, 3_650.0, MinimumIsExclusive = true)]
    public double? ExpiresInDays { get; init; }
}

/// <summary>How a key gets its new secret.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RotateSubmission
{
    /// <summary>How long the secret before works as well: 0 (default) to 604,800.</summary>
    [Range(0.0, 604_800.0)]
    public double? GraceSeconds { get; init; }
}

/// <summary>A key, without its secret.</summary>
public sealed record KeyResource
{
    /// <summary>What audit and submitted_by show.</summary>
    public required string KeyId { get; init; }

    /// <summary>The project that it acts in.</summary>
    public required string Project { get; init; }

    /// <summary>For people.</summary>
    public string? Name { get; init; }

    /// <summary><c>viewer</c>, <c>submitter</c>, <c>operator</c>, <c>admin</c> or <c>worker</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Whether only its own jobs exist for it.</summary>
    public bool OwnJobsOnly { get; init; }

    /// <summary>The names of the sources that exist for it; absent = all.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Whether it may manage the instance.</summary>
    public bool InstanceAdmin { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it stops working.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was ended.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>When its secret was last made anew.</summary>
    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>Until when the secret before works as well; absent when it does not.</summary>
    public DateTimeOffset? OldSecretUntil { get; init; }
}

/// <summary>A key that was just made, or whose secret was made anew.</summary>
public sealed record NewKeyResource
{
    /// <summary>The key.</summary>
    public required KeyResource Key { get; init; }

    /// <summary><c>mw_id_secret</c>: shown this once.</summary>
    public required string Token { get; init; }
}
