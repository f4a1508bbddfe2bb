namespace Meanwhile.Access;

/// <summary>What a caller can ask the door for. Whose things it concerns (project, own jobs, granted sources) is another question: what a caller does not see is not found.</summary>
internal enum Permission
{
    ReadJobs,
    ReadSources,
    ReadLimits,
    ReadQuotas,
    ReadStats,
    ReadProject,
    ReadTools,
    SubmitJobs,
    StopOwnJobs,
    ProbeSources,
    StopAnyJob,
    ChangeLimits,
    DefineSources,
    ManageKeys,
    ReadAllQuotas,
    ChangeKeyQuotas,
    ReadAudit,
    ManageProjects,
    ManageInstanceKeys,
    ChangeInstanceLimits,
    ChangeProjectQuotas,
    ReadAllAudit,
    ReadNodes,
    DrainNodes,
    DeclareTools,
}

/// <summary>Who may do something: a role and all above it. A worker has no permission at all, but a door of its own.</summary>
internal enum Rank
{
    Worker,
    Viewer,
    Submitter,
    Operator,
    Admin,
    InstanceAdmin,
}

/// <summary>The table of permissions: the one place that says which role may do what. docs/security.md shows the same, row by row.</summary>
internal static class PermissionTable
{
    /// <summary>The least rank that has a permission; each higher one has it too.</summary>
    public static Rank LeastOf(Permission permission) => permission switch
    {
        Permission.ReadJobs => Rank.Viewer,
        Permission.ReadSources => Rank.Viewer,
        Permission.ReadLimits => Rank.Viewer,
        Permission.ReadQuotas => Rank.Viewer,
        Permission.ReadStats => Rank.Viewer,
        Permission.ReadProject => Rank.Viewer,
        Permission.ReadTools => Rank.Viewer,
        Permission.SubmitJobs => Rank.Submitter,
        Permission.StopOwnJobs => Rank.Submitter,
        Permission.ProbeSources => Rank.Submitter,
        Permission.StopAnyJob => Rank.Operator,
        Permission.ChangeLimits => Rank.Operator,
        Permission.DefineSources => Rank.Admin,
        Permission.ManageKeys => Rank.Admin,
        Permission.ReadAllQuotas => Rank.Admin,
        Permission.ChangeKeyQuotas => Rank.Admin,
        Permission.ReadAudit => Rank.Admin,
        Permission.ManageProjects => Rank.InstanceAdmin,
        Permission.ManageInstanceKeys => Rank.InstanceAdmin,
        Permission.ChangeInstanceLimits => Rank.InstanceAdmin,
        Permission.ChangeProjectQuotas => Rank.InstanceAdmin,
        Permission.ReadAllAudit => Rank.InstanceAdmin,
        Permission.ReadNodes => Rank.InstanceAdmin,
        Permission.DrainNodes => Rank.InstanceAdmin,
        Permission.DeclareTools => Rank.InstanceAdmin,
    };

    extension(Permission permission)
    {
        /// <summary>What it lets one do, as it follows "may".</summary>
        public string Words => permission switch
        {
            Permission.ReadJobs => "read jobs, their results, events, attempts and logs",
            Permission.ReadSources => "see which sources there are",
            Permission.ReadLimits => "see the limits that concern the project",
            Permission.ReadQuotas => "see the project's quota and its own",
            Permission.ReadStats => "read the project's numbers",
            Permission.ReadProject => "see its project",
            Permission.ReadTools => "see which tools there are",
            Permission.SubmitJobs => "submit jobs and check statements",
            Permission.StopOwnJobs => "stop and retry its own jobs",
            Permission.ProbeSources => "try sources",
            Permission.StopAnyJob => "stop and retry any job of the project",
            Permission.ChangeLimits => "change limits of the project's sources and limit keys",
            Permission.DefineSources => "define, change and remove sources, and see their settings",
            Permission.ManageKeys => "list, make, rotate and revoke keys",
            Permission.ReadAllQuotas => "see the quotas of all keys",
            Permission.ChangeKeyQuotas => "change the quotas of keys",
            Permission.ReadAudit => "read the audit log",
            Permission.ManageProjects => "make and change projects, and act in any of them",
            Permission.ManageInstanceKeys => "make, rotate and revoke keys of instance admins",
            Permission.ChangeInstanceLimits => "change limits of projects, tools and shared sources",
            Permission.ChangeProjectQuotas => "change the quotas of projects",
            Permission.ReadAllAudit => "read the audit log of all projects",
            Permission.ReadNodes => "list nodes",
            Permission.DrainNodes => "drain and resume nodes",
            Permission.DeclareTools => "declare, change and remove tools that workers run",
        };
    }

    extension(Rank rank)
    {
        /// <summary>The role, as people are told it.</summary>
        public string Words => rank switch
        {
            Rank.Worker => "worker",
            Rank.Viewer => "viewer",
            Rank.Submitter => "submitter",
            Rank.Operator => "operator",
            Rank.Admin => "admin",
            Rank.InstanceAdmin => "instance admin",
        };
    }

    extension(Caller caller)
    {
        /// <summary>What the caller is, in its project.</summary>
        public Rank Rank => caller switch
        {
            { IsInstanceAdmin: true } => Rank.InstanceAdmin,
            { Role: Role.Worker } => Rank.Worker,
            { Role: Role.Viewer } => Rank.Viewer,
            { Role: Role.Submitter } => Rank.Submitter,
            { Role: Role.Operator } => Rank.Operator,
            _ => Rank.Admin,
        };

        /// <summary>Whether the caller has a permission.</summary>
        public bool May(Permission permission) => caller.Rank >= LeastOf(permission);
    }
}
