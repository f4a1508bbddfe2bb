using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Workers;

/// <summary>Takes beats, and at each looks after what the worker holds: cancels, timeouts, and jobs that it never got.</summary>
/// <remarks>A worker can be told something only when it asks, and one that does not ask is dead before long: so nothing else has to look.</remarks>
internal sealed class WorkerBeats(
    INodeStore nodes, IJobStore store, IJobReader reader, WorkerSightings sightings, JobChanges changes, TimeProvider time, Func<Guid> finishIds, EngineOptions options)
{
    private const string ToldAnswer = "The worker was told in the answer to its beat.";

    /// <summary>Takes a beat.</summary>
    public async ValueTask<WorkerBeat> BeatAsync(NodeEpoch worker, IReadOnlyList<AttemptFence> running, CancellationToken cancellationToken)
    {
        if (running.Count > WorkerCheck.RunningMax) throw Access.SpecMaker.Invalid([new FieldError("running", $"has {running.Count} attempts; at most {WorkerCheck.RunningMax} are accepted")]);
        var answer = await nodes.BeatAsync(worker, cancellationToken);
        if (answer == BeatAnswer.Ended) throw WorkerLives.Ended(worker);
        var held = (await reader.OwnedAsync(worker, cancellationToken)).ToDictionary(FenceOf);
        var stopping = held.Where(pair => pair.Value.State.Cancel is not null).Select(pair => pair.Key).ToHashSet();
        var seen = sightings.Observe(worker, held.Keys, running.ToHashSet(), stopping);

        List<StoppedAttempt> stop = [.. running.Where(attempt => !held.ContainsKey(attempt)).Select(attempt => new StoppedAttempt(attempt, WorkerStop.Fenced))];
        foreach (var (fence, job) in held)
        {
            var step = WorkerRules.Next(job, seen[fence], sightings.Elapsed, options);
            if (await TakeAsync(step, job, cancellationToken) is { } reason) stop.Add(new StoppedAttempt(fence, reason));
        }

        return new WorkerBeat(stop, Drain: answer == BeatAnswer.Draining);
    }

    /// <summary>Gives back what a worker holds, uncounted.</summary>
    public async ValueTask<int> GiveBackAsync(NodeEpoch worker, CancellationToken cancellationToken)
    {
        var held = await reader.OwnedAsync(worker, cancellationToken);
        if (held.Count == 0) return 0;
        var written = await store.FinishAsync([.. held.Select(job => new AttemptEnd(FenceOf(job), finishIds(), new AttemptOutcome.HandBack()))], cancellationToken);
        return written.Count(Told);
    }

    private async ValueTask<WorkerStop?> TakeAsync(WorkerStep step, JobRecord job, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case WorkerStep.TakeBack:
                return await EndAsync(job, TakenBack(job), cancellationToken);
            case WorkerStep.OverTime:
                Told((await store.MarkOverTimeAsync([FenceOf(job)], cancellationToken))[0]);
                return WorkerStop.Timeout;
            case WorkerStep.Tell when job.State.Cancel!.SentAt is null:
                await NoteAsync(job, unconfirmed: false, cancellationToken);
                return WorkerRules.StopOf(job.State.Cancel);
            case WorkerStep.Unconfirmed:
                await NoteAsync(job, unconfirmed: true, cancellationToken);
                return WorkerRules.StopOf(job.State.Cancel);
            case WorkerStep.GiveUp:
                var told = new StopTold(job.State.Cancel!.SentAt ?? time.GetUtcNow(), job.State.Cancel.Answer ?? ToldAnswer);
                return await EndAsync(job, Endings.GivenUp(told, options.GiveUpAfter), cancellationToken);
            default:
                return WorkerRules.StopOf(job.State.Cancel);
        }
    }

    private async ValueTask<WorkerStop?> EndAsync(JobRecord job, AttemptOutcome outcome, CancellationToken cancellationToken)
    {
        Told((await store.FinishAsync([new AttemptEnd(FenceOf(job), finishIds(), outcome)], cancellationToken))[0]);
        return WorkerStop.Fenced;
    }

    private async ValueTask NoteAsync(JobRecord job, bool unconfirmed, CancellationToken cancellationToken) =>
        Told((await store.NoteCancelAsync([new CancelNote(FenceOf(job), time.GetUtcNow(), ToldAnswer, ConfirmedAt: null, unconfirmed)], cancellationToken))[0]);

    private bool Told(JobWrite written)
    {
        if (written.Result != WriteResult.Applied) return false;
        if (written.Job is { } job) changes.Tell(job);
        return true;
    }

    private static AttemptOutcome TakenBack(JobRecord job) => job.State.EffectsBegun && !job.Spec.Idempotent
        ? new AttemptOutcome.Failed(JobError.Of(
            ErrorKind.UnknownOutcome,
            $"Worker {job.State.Owner} was given this attempt and does not know of it; nobody can tell whether it had its effect.",
            hint: "Look whether the change is there, then retry by hand. Work that may be repeated can say idempotent: true."))
        : new AttemptOutcome.HandBack();

    private static AttemptFence FenceOf(JobRecord job) => new(job.Id, job.State.Attempt, job.State.Fence);
}
