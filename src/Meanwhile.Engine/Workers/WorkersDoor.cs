using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.Workers;

/// <summary>The parts that the door for workers is made of; one set serves all callers.</summary>
internal sealed record WorkerServices(WorkerLives Lives, WorkerClaims Claims, WorkerBeats Beats, WorkerAttempts Attempts, WorkerFinishes Finishes);

/// <summary>The door for workers, for one caller.</summary>
internal sealed class WorkersDoor : IWorkers
{
    private readonly WorkerServices _services;
    private readonly Caller _caller;

    /// <exception cref="ProblemException">The caller may not work on jobs.</exception>
    public WorkersDoor(WorkerServices services, Caller caller)
    {
        Permissions.NeedWorker(caller);
        (_services, _caller) = (services, caller);
    }

    /// <inheritdoc/>
    public ValueTask<WorkerLease> RegisterAsync(WorkerRegistration registration, CancellationToken cancellationToken) =>
        StoreOutage.Told(_services.Lives.RegisterAsync(registration, _caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<WorkerClaim> ClaimAsync(NodeEpoch worker, int max, TimeSpan wait, CancellationToken cancellationToken) => StoreOutage.Told(ClaimOnceAsync(worker, max, wait, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<WorkerBeat> BeatAsync(NodeEpoch worker, IReadOnlyList<AttemptFence> running, CancellationToken cancellationToken)
    {
        WorkerLives.NeedOwn(worker, _caller);
        return StoreOutage.Told(_services.Beats.BeatAsync(worker, running, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<int> LeaveAsync(NodeEpoch worker, CancellationToken cancellationToken) => StoreOutage.Told(LeaveOnceAsync(worker, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<WorkerNews> ProgressAsync(AttemptFence attempt, WorkerProgress progress, CancellationToken cancellationToken) =>
        StoreOutage.Told(_services.Attempts.ProgressAsync(attempt, progress, _caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<WorkerNews> LogAsync(AttemptFence attempt, IReadOnlyList<string> lines, CancellationToken cancellationToken) =>
        StoreOutage.Told(_services.Attempts.LogAsync(attempt, lines, _caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<WorkerNews> CheckpointAsync(AttemptFence attempt, JsonElement checkpoint, CancellationToken cancellationToken) =>
        StoreOutage.Told(_services.Attempts.CheckpointAsync(attempt, checkpoint, _caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobStatus> FinishAsync(AttemptFence attempt, WorkerFinish finish, CancellationToken cancellationToken) =>
        StoreOutage.Told(_services.Finishes.FinishAsync(attempt, finish, _caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobStatus> FinishAsync(
        AttemptFence attempt, WorkerFinish finish, IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, CancellationToken cancellationToken) =>
        StoreOutage.Told(_services.Finishes.FinishAsync(attempt, finish, columns, rows, _caller, cancellationToken));

    private async ValueTask<WorkerClaim> ClaimOnceAsync(NodeEpoch worker, int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        WorkerCheck.Refuse(WorkerCheck.Errors(max, wait));
        return await _services.Claims.ClaimAsync(worker, max, wait, _caller, cancellationToken);
    }

    private async ValueTask<int> LeaveOnceAsync(NodeEpoch worker, CancellationToken cancellationToken)
    {
        WorkerLives.NeedOwn(worker, _caller);
        var given = await _services.Beats.GiveBackAsync(worker, cancellationToken);
        await _services.Lives.EndAsync(worker, cancellationToken);
        return given;
    }
}
