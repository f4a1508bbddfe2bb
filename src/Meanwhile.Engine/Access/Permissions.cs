using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Refuses what a caller may not do: thrown at one place, the door.</summary>
internal static class Permissions
{
    /// <summary>Refuses a caller that does not have a permission, naming its role and the one that is needed.</summary>
    public static void Need(Caller caller, Permission permission)
    {
        if (!caller.May(permission)) throw Refusal(caller, permission);
    }

    /// <summary>Refuses who may not work on jobs: that is for a role of its own, which may nothing else, and for instance admins.</summary>
    public static void NeedWorker(Caller caller)
    {
        if (caller.Rank is not (Rank.Worker or Rank.InstanceAdmin)) throw new ProblemException(ProblemCodes.Forbidden, $"Only a worker of project '{caller.Project}', or an instance admin, may work on jobs; this key's role is {caller.Rank.Words}.");
    }

    /// <summary>The refusal.</summary>
    public static ProblemException Refusal(Caller caller, Permission permission) => new(ProblemCodes.Forbidden, $"{Who(caller, PermissionTable.LeastOf(permission))} may {permission.Words}; this key's role is {caller.Rank.Words}.");

    private static string Who(Caller caller, Rank least) => least switch
    {
        Rank.Worker => $"Only a key of project '{caller.Project}'",
        Rank.Viewer => $"Only a viewer, submitter, operator or admin of project '{caller.Project}'",
        Rank.Submitter => $"Only a submitter, operator or admin of project '{caller.Project}'",
        Rank.Operator => $"Only an operator or admin of project '{caller.Project}'",
        Rank.Admin => $"Only an admin of project '{caller.Project}'",
        Rank.InstanceAdmin => "Only an instance admin",
    };
}
