namespace Meanwhile.Access;

/// <summary>What a principal may do within its project.</summary>
public enum Role
{
    /// <summary>Submits jobs, and reads and cancels those of its project.</summary>
    Submitter,

    /// <summary>Claims and finishes the project's jobs of tools that workers run, and nothing else.</summary>
    Worker,

    /// <summary>Submits, and besides manages the project's keys, sources and limits, and reads its audit log.</summary>
    Admin,
}

/// <summary>Who asks, for which project. Made by whoever authenticated them; the engine's door trusts it.</summary>
public sealed record Caller
{
    /// <summary>The project whose things exist for this caller.</summary>
    public required string Project { get; init; }

    /// <summary>The principal: a key's id.</summary>
    public required string Principal { get; init; }

    /// <summary>What it may do there.</summary>
    public Role Role { get; init; } = Role.Submitter;

    /// <summary>Whether only its own jobs exist for it.</summary>
    public bool OwnJobsOnly { get; init; }

    /// <summary>Whether it may manage the instance: make projects and keys anywhere, read all audit.</summary>
    public bool IsInstanceAdmin { get; init; }
}

/// <summary>The words of the roles.</summary>
public static class Roles
{
    extension(Role role)
    {
        /// <summary>The word used in JSON.</summary>
        public string Word => role switch
        {
            Role.Submitter => "submitter",
            Role.Worker => "worker",
            Role.Admin => "admin",
        };
    }

    /// <summary>The role that a word names; null when none.</summary>
    public static Role? FromWord(string word) => word switch
    {
        "submitter" => Role.Submitter,
        "worker" => Role.Worker,
        "admin" => Role.Admin,
        _ => null,
    };
}
