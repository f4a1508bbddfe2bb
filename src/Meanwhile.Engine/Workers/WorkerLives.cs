using Meanwhile.Access;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Settings;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Workers;

/// <summary>Workers as nodes: they register, are found again, and leave.</summary>
internal sealed partial class WorkerLives(
    INodeStore nodes, WorkerPresence presence, WorkerSightings sightings, ToolCatalog tools, EngineOptions options, ILogger<WorkerLives> logger)
{
    /// <summary>As many as a store lists.</summary>
    private const int LivingMax = 900;

    /// <summary>Begins an epoch.</summary>
    public async ValueTask<WorkerLease> RegisterAsync(WorkerRegistration worker, Caller caller, CancellationToken cancellationToken)
    {
        if (worker.AllProjects) Permissions.Need(caller, Permission.ManageProjects);
        WorkerCheck.Refuse(WorkerCheck.Errors(worker, tools));
        var living = await presence.LivingAsync(cancellationToken);
        if (living.Count >= LivingMax) throw new ProblemException(new Problem { Code = ProblemCodes.TooMany, Detail = $"{LivingMax} workers live, the most there may be.", RetryAfter = options.WorkerDeadAfter });
        sightings.ForgetAllBut(living.Select(node => node.Node));

        var name = WorkerNames.Of(worker.Name, worker.AllProjects ? null : caller.Project);
        var registration = new NodeRegistration(name, worker.Host ?? "", worker.ProcessId ?? 0, worker.Version ?? "", NodeRoles.Worker) { Tools = [.. worker.Tools.Distinct()] };
        var registered = await nodes.RegisterAsync(registration, cancellationToken);
        presence.Forget();
        LogRegistered(logger, registered.Node, worker.Tools.Count, registered.Rescued.Count);
        return new WorkerLease(registered.Node, options.WorkerBeatEvery, options.WorkerDeadAfter);
    }

    /// <summary>A living worker that the caller may speak for.</summary>
    /// <exception cref="ProblemException">There is none of that name in the caller's project, or its epoch has ended.</exception>
    public async ValueTask<NodeInfo> FindAsync(NodeEpoch worker, Caller caller, CancellationToken cancellationToken)
    {
        NeedOwn(worker, caller);
        if (Find(await presence.LivingAsync(cancellationToken), worker) is { } known) return known;
        presence.Forget(); // it may have registered at another server just now
        return Find(await presence.LivingAsync(cancellationToken), worker) ?? throw Ended(worker);
    }

    /// <summary>Ends a worker's epoch, which holds nothing any more.</summary>
    public async ValueTask EndAsync(NodeEpoch worker, CancellationToken cancellationToken)
    {
        await nodes.DeclareDeadAsync(worker, cancellationToken);
        sightings.Forget(worker);
        presence.Forget();
        LogLeft(logger, worker);
    }

    /// <summary>Refuses who speaks for a worker of another project, or for one of all projects without managing the instance.</summary>
    public static void NeedOwn(NodeEpoch worker, Caller caller)
    {
        var isOwn = worker.IsWorker && (WorkerNames.ProjectOf(worker.Node) is { } project ? project == caller.Project : caller.IsInstanceAdmin);
        if (!isOwn) throw new ProblemException(ProblemCodes.NotFound, $"There is no worker '{RequestCheck.Shown(worker.Node)}' in this project; name it as its registration was answered.");
    }

    /// <summary>The epoch has ended.</summary>
    public static ProblemException Ended(NodeEpoch worker) => new(
        ProblemCodes.WorkerEnded, $"Epoch {worker.Epoch} of worker '{RequestCheck.Shown(worker.Node)}' has ended: it was silent for too long, left, or registered anew. Its jobs have gone to others. Stop all its work, then register again.");

    private static NodeInfo? Find(IReadOnlyList<NodeInfo> living, NodeEpoch worker) => living.FirstOrDefault(node => node.Node == worker);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} registered for {Tools} tools; {Rescued} jobs of its earlier lives go on")]
    private static partial void LogRegistered(ILogger logger, NodeEpoch worker, int tools, int rescued);

    [LoggerMessage(Level = LogLevel.Information, Message = "Worker {Worker} left")]
    private static partial void LogLeft(ILogger logger, NodeEpoch worker);
}
