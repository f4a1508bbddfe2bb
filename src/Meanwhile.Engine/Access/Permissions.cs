using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Says what a caller may do. A refusal is a value that is thrown at one place, the door.</summary>
internal static partial class Permissions
{
    /// <summary>Refuses who does not manage the project.</summary>
    public static void NeedAdmin(Caller caller, string what)
    {
        if (caller.Role != Role.Admin && !caller.IsInstanceAdmin) throw new ProblemException(ProblemCodes.Forbidden, $"Only an admin of project '{caller.Project}' may {what}; this key's role is {caller.Role.Word}.");
    }

    /// <summary>Refuses who does not manage the instance.</summary>
    public static void NeedInstanceAdmin(Caller caller, string what)
    {
        if (!caller.IsInstanceAdmin) throw new ProblemException(ProblemCodes.Forbidden, $"Only an instance admin may {what}.");
    }

    /// <summary>Refuses who may not work on jobs.</summary>
    public static void NeedWorker(Caller caller)
    {
        if (caller.Role != Role.Worker && !caller.IsInstanceAdmin) throw new ProblemException(ProblemCodes.Forbidden, $"Only a key of role worker may do that; this key's role is {caller.Role.Word}.");
    }

    /// <summary>Refuses who may only work on jobs.</summary>
    public static void NeedMoreThanWorker(Caller caller)
    {
        if (caller.Role == Role.Worker && !caller.IsInstanceAdmin) throw new ProblemException(ProblemCodes.Forbidden, "A key of role worker may only do what is under /v1/worker.");
    }

    /// <summary>Whether a text is a name for a project, a source or a node.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>What <see cref="IsName"/> accepts, for messages.</summary>
    public const string NameRule = "1 to 63 characters of a-z, 0-9, '-' and '_', beginning with a letter or digit, are accepted";

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,62}\z")]
    private static partial Regex Name();
}
