using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>A key to be made.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record KeySubmission
{
    /// <summary>For people.</summary>
    public string? Name { get; init; }

    /// <summary><c>submitter</c> (default), <c>worker</c> or <c>admin</c>.</summary>
    public string? Role { get; init; }

    /// <summary>Whether only its own jobs exist for it.</summary>
    public bool? OwnJobsOnly { get; init; }

    /// <summary>Whether it may manage the instance; only an instance admin can give that.</summary>
    public bool? InstanceAdmin { get; init; }

    /// <summary>When it stops working; default never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
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

    /// <summary><c>submitter</c>, <c>worker</c> or <c>admin</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Whether only its own jobs exist for it.</summary>
    public bool OwnJobsOnly { get; init; }

    /// <summary>Whether it may manage the instance.</summary>
    public bool InstanceAdmin { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it stops working.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was ended.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A key that was just made.</summary>
public sealed record NewKeyResource
{
    /// <summary>The key.</summary>
    public required KeyResource Key { get; init; }

    /// <summary><c>mw_id_secret</c>: shown this once.</summary>
    public required string Token { get; init; }
}
