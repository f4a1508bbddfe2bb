using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;

namespace Meanwhile.Workers;

/// <summary>The one door for workers that somebody else runs, bound to a caller: they claim jobs of tools that were declared for them, say that they live, and tell how the work goes.</summary>
/// <remarks>
/// A worker is a node of its own: a registration is an epoch, which owns what it claims until it is finished, or until the worker has not beaten for too long and its work goes to others.
/// Every write for an attempt carries its <see cref="AttemptFence"/>; once the attempt has another owner it is refused as <c>fenced</c>.
/// Every refusal is a <see cref="ProblemException"/>. The client implements this over HTTP. Safe for concurrent use.
/// </remarks>
public interface IWorkers
{
    /// <summary>Begins an epoch. Earlier ones of the same name end, and what they ran is run again.</summary>
    ValueTask<WorkerLease> RegisterAsync(WorkerRegistration registration, CancellationToken cancellationToken);

    /// <summary>Claims due jobs of the worker's tools, waiting for the first.</summary>
    /// <param name="max">At most so many jobs: 1 to 100.</param>
    /// <param name="wait">Zero to 60 s.</param>
    ValueTask<WorkerClaim> ClaimAsync(NodeEpoch worker, int max, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Says that the worker lives, and what it runs.</summary>
    /// <param name="running">Every attempt that it holds: one that it was given and does not name for long is given back to the queue. At most 10,000.</param>
    /// <returns>What to stop.</returns>
    ValueTask<WorkerBeat> BeatAsync(NodeEpoch worker, IReadOnlyList<AttemptFence> running, CancellationToken cancellationToken);

    /// <summary>Ends the epoch. What it still holds goes back to the queue, uncounted.</summary>
    /// <returns>How many jobs that were.</returns>
    ValueTask<int> LeaveAsync(NodeEpoch worker, CancellationToken cancellationToken);

    /// <summary>Reports how far an attempt is; what is null stays as it was, and a fraction never falls.</summary>
    ValueTask<WorkerNews> ProgressAsync(AttemptFence attempt, WorkerProgress progress, CancellationToken cancellationToken);

    /// <summary>Adds lines to the attempt's log: 1 to 1,000. Past max_log_bytes (1 MiB) lines are dropped, and the log says so.</summary>
    ValueTask<WorkerNews> LogAsync(AttemptFence attempt, IReadOnlyList<string> lines, CancellationToken cancellationToken);

    /// <summary>Saves, durably, what the next attempt can go on from: at most 64 KiB of JSON.</summary>
    ValueTask<WorkerNews> CheckpointAsync(AttemptFence attempt, JsonElement checkpoint, CancellationToken cancellationToken);

    /// <summary>Says how the attempt ended. Repeated with the same <see cref="WorkerFinish.FinishId"/> it is applied once, and answers the same.</summary>
    /// <returns>The job's status now: <c>pending</c> when another attempt follows.</returns>
    ValueTask<JobStatus> FinishAsync(AttemptFence attempt, WorkerFinish finish, CancellationToken cancellationToken);

    /// <summary>Says that the attempt succeeded, with rows, which are stored while they are read: in constant memory, and as one with the ending.</summary>
    /// <param name="columns">1 to 1,000.</param>
    /// <param name="rows">Each one JSON array in UTF-8, with a value a column; only read until the next is asked for.</param>
    ValueTask<JobStatus> FinishAsync(AttemptFence attempt, WorkerFinish finish, IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, CancellationToken cancellationToken);
}
