using Meanwhile.Jobs;

namespace Meanwhile.Stores;

/// <summary>A submission that was committed with somebody's own transaction and is not a job yet.</summary>
/// <param name="Id">The job's id, which its author knows already.</param>
/// <param name="SubmittedBy">The principal: <c>sql:</c> and the name of the database's user.</param>
/// <param name="Json">The request: <see cref="Access.JobRequestJson"/>.</param>
/// <param name="EnqueuedAt">When it was enqueued, which is before it was committed.</param>
public sealed record EnqueuedRequest(JobId Id, string Project, string SubmittedBy, string Json, DateTimeOffset EnqueuedAt);

/// <summary>Submissions that others committed to the store's database with transactions of their own. Any node makes jobs of them. Safe for concurrent use.</summary>
/// <remarks>Read, submit under their own ids, then remove: a node that is lost in between leaves nothing undone and nothing twice, because an id is accepted once.</remarks>
public interface IEnqueuedRequests
{
    /// <summary>The oldest, committed ones only.</summary>
    /// <param name="max">1 to 1,000.</param>
    ValueTask<IReadOnlyList<EnqueuedRequest>> ReadAsync(int max, CancellationToken cancellationToken);

    /// <summary>Removes those that jobs were made of. Repeating is safe.</summary>
    ValueTask RemoveAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);
}
