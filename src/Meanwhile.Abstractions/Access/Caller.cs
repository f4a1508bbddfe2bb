namespace Meanwhile.Access;

/// <summary>What a principal may do within its project; each but a worker may do what those before it may. docs/security.md has the table.</summary>
public enum Role
{
    /// <summary>Claims and finishes the project's jobs of tools that workers run, and nothing else.</summary>
    Worker,

    /// <summary>Reads jobs, results, events, the names of sources, limits and numbers; changes nothing.</summary>
    Viewer,

    /// <summary>Besides, submits jobs, tries sources, and stops and retries its own jobs.</summary>
    Submitter,

    /// <summary>Besides, stops and retries any job of its project, and sets the limits of the project's sources and limit keys.</summary>
    Operator,

    /// <summary>Besides, manages the project's keys and sources, the quotas of its keys, and reads its audit log.</summary>
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

    /// <summary>The names of the sources that exist for it, and with them the jobs of these sources and of none; null = all.</summary>
    public IReadOnlySet<string>? Sources { get; init; }

    /// <summary>Whether it may manage the instance: make projects and keys anywhere, read all audit.</summary>
    public bool IsInstanceAdmin { get; init; }

    /// <summary>Whether a source exists for it.</summary>
    public bool HasSource(string name) => Sources is null || Sources.Contains(name);

    /// <summary>Whether every job of its project exists for it.</summary>
    public bool SeesAllJobs => !OwnJobsOnly && Sources is null;
}

/// <summary>The words of the roles.</summary>
public static class Roles
{
    /// <summary>Every role, the one that may do least first.</summary>
    public static IReadOnlyList<Role> All { get; } = [Role.Worker, Role.Viewer, Role.Submitter, Role.Operator, Role.Admin];

    extension(Role role)
    {
        /// <summary>The word used in JSON.</summary>
        public string Word => role switch
        {
            Role.Worker => "worker",
            Role.Viewer => "viewer",
            Role.Submitter => "submitter",
            Role.Operator => "operator",
            Role.Admin => "admin",
        };
    }

    /// <summary>The role that a word names; null when none.</summary>
    public static Role? FromWord(string word) => word switch
    {
        "worker" => Role.Worker,
        "viewer" => Role.Viewer,
        "submitter" => Role.Submitter,
        "operator" => Role.Operator,
        "admin" => Role.Admin,
        _ => null,
    };
}
