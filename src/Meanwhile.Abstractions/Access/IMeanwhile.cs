using Meanwhile.Jobs;

namespace Meanwhile.Access;

/// <summary>Whether a server can take work, and if not, why.</summary>
/// <param name="Reasons">What is missing, each in a sentence; empty when ready.</param>
public sealed record Readiness(IReadOnlyList<string> Reasons)
{
    /// <summary>True when work can be taken.</summary>
    public bool IsReady => Reasons.Count == 0;
}

/// <summary>The engine as its host sees it: knows who a token belongs to, and gives each caller its door.</summary>
/// <remarks>Safe for concurrent use.</remarks>
public interface IMeanwhile
{
    /// <summary>Whether work can be taken now.</summary>
    Readiness Readiness { get; }

    /// <summary>How many nodes answer callers, as was seen some seconds ago: 1 or more. What each node counts for itself is divided by it.</summary>
    int NodeCount { get; }

    /// <summary>The door to jobs for a caller.</summary>
    IJobs As(Caller caller);

    /// <summary>The door to the instance's configuration for a caller.</summary>
    IAdministration AdministrationAs(Caller caller);

    /// <summary>The door for workers that somebody else runs.</summary>
    /// <exception cref="ProblemException">The caller may not work on jobs.</exception>
    Workers.IWorkers WorkersAs(Caller caller);

    /// <summary>Takes an endpoint's answer to a call of a tool of kind <c>http</c>. Repeating the same answer is safe: it is applied once.</summary>
    /// <param name="token">What the call's callback_url ends in: who has it may answer.</param>
    /// <returns>The job's status now: <c>pending</c> when another attempt follows.</returns>
    /// <exception cref="ProblemException">There is no such callback, the call is over, or the answer can't be.</exception>
    ValueTask<JobStatus> AnswerCallbackAsync(string token, Workers.WorkerFinish finish, CancellationToken cancellationToken);

    /// <summary>Who a token belongs to.</summary>
    /// <param name="token"><c>mw_id_secret</c>.</param>
    /// <param name="project">The project that an instance admin wants to act in; null = the key's own. Of others it must be their own.</param>
    /// <returns>Null when the token is unknown, revoked or expired, or may not act in that project. The refusal is in the audit log, at most one a second for a key.</returns>
    ValueTask<Caller?> AuthenticateAsync(string token, string? project, CancellationToken cancellationToken);
}
