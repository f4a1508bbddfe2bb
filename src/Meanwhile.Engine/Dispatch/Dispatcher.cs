using Meanwhile.Claims;
using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Limits;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Dispatch;

/// <summary>Claims due work while there is room, and runs each attempt to its stored ending.</summary>
internal sealed partial class Dispatcher(
    Claimer claimer,
    NodeLife node,
    AttemptFactory attempts,
    AttemptSupervisor supervisor,
    Finisher finisher,
    ProgressBoard board,
    ToolCatalog tools,
    SourceCatalog sources,
    LimitTable limits,
    JobChanges changes,
    StorePatience patience,
    TimeProvider time,
    Func<Guid> finishIds,
    EngineOptions options,
    ILogger<Dispatcher> logger)
{
    private readonly AsyncSignal _wake = new();
    private readonly RunningWork _running = new();

    /// <summary>How many attempts run here.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Looks for due work at once.</summary>
    public void Wake() => _wake.Fire();

    /// <summary>Looks for work at once when some falls due before the next look anyway.</summary>
    /// <returns>Whether it does.</returns>
    public bool Wake(DateTimeOffset dueAt)
    {
        if (dueAt - time.GetUtcNow() >= options.ClaimEvery) return false;
        _wake.Fire();
        return true;
    }

    /// <summary>Why a due job of this kind does not start here now; null when nothing holds it back but those ahead.</summary>
    public string? HeldBackBy(JobSpec spec)
    {
        var shared = spec.Source is { } source && sources.SharedNames.Contains(source);
        foreach (var key in LimitKeys.Of(spec, shared))
        {
            var max = limits.Current.Limits.TryGetValue(key, out var limit) ? limit : key.StartsWith("source:", StringComparison.Ordinal) ? options.SourceConcurrency : (int?)null;
            if (max == 0) return $"Paused: the limit {key} is 0.";
            if (max is { } full && _running.CountOf(key, sources.SharedNames) >= full) return $"All {full} slots of the limit {key} are taken.";
        }

        return _running.Taken >= options.Concurrency && tools.Served.Contains(spec.Tool) ? $"All {options.Concurrency} slots of the node are taken." : null;
    }

    /// <summary>Tells the attempt of a job to stop; false when it does not run here.</summary>
    public bool Stop(JobId job, StopReason reason)
    {
        var attempt = board.Find(job);
        attempt?.Stop(reason);
        return attempt is not null;
    }

    /// <summary>The job as this node remembers it, when it runs here.</summary>
    public JobRecord? Remembered(JobId job) => board.Find(job)?.Job;

    /// <summary>A project's nth job as this node remembers it, when it runs here.</summary>
    public JobRecord? Remembered(string project, long sequence) =>
        board.Attempts.Select(attempt => attempt.Job).FirstOrDefault(job => job.Sequence == sequence && job.Spec.Project == project);

    /// <summary>Claims and runs until cancelled; what runs then goes on.</summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        try
        {
            var round = Round.OfNothing(TimeSpan.Zero);
            while (true)
            {
                var claiming = TryClaimAsync(cancellationToken);
                Begin(round.Claimed); // while the next claim is written
                round = await claiming;
                if (round.Wait == TimeSpan.Zero) continue;
                Begin(round.Claimed);
                var wait = round.Wait;
                round = Round.OfNothing(TimeSpan.Zero);
                await _wake.WaitAsync(wait, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // draining: whatever was claimed has begun
        }
    }

    /// <summary>Waits until everything that runs here has ended, or the time is over.</summary>
    public ValueTask<bool> IdleWithinAsync(TimeSpan atMost) => _running.EmptyWithinAsync(atMost, time);

    /// <summary>Tells everything that runs here to stop.</summary>
    public void StopAll(StopReason reason)
    {
        foreach (var attempt in board.Attempts) attempt.Stop(reason);
    }

    private async ValueTask<Round> TryClaimAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ClaimOnceAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogClaimFailed(logger, exception); // the loop outlives a bad round
            return Round.OfNothing(options.ClaimEvery);
        }
    }

    private async ValueTask<Round> ClaimOnceAsync(CancellationToken cancellationToken)
    {
        var room = Math.Min(options.ClaimBatchMax, options.Concurrency - _running.Taken);
        if (room <= 0 || node.IsDraining || node.Current is not { } epoch) return Round.OfNothing(options.ClaimEvery);
        var result = await claimer.ClaimAsync(epoch, _running, room, cancellationToken);
        if (result is not ClaimResult.Claimed claimed)
        {
            node.Lost(epoch);
            return Round.OfNothing(options.ClaimEvery);
        }

        return new Round([.. claimed.Jobs.Select(job => Take(job, epoch))], WaitAfter(claimed));
    }

    private TimeSpan WaitAfter(ClaimResult.Claimed claimed)
    {
        if (claimed.More && claimed.Jobs.Count > 0) return TimeSpan.Zero;
        return claimed.NextDueAt is { } due ? Clamp(due - time.GetUtcNow()) : options.ClaimEvery;
    }

    private TimeSpan Clamp(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : wait < options.ClaimEvery ? wait : options.ClaimEvery;

    /// <summary>Counts a claimed job as running from now on.</summary>
    private Attempt Take(ClaimedJob claimed, NodeEpoch epoch)
    {
        var attempt = attempts.Make(claimed);
        _running.Add(attempt);
        attempt.Parked += _wake.Fire;
        board.Add(attempt);
        changes.Tell(claimed.Job);
        if (claimed.Job.State.Cancel is not null) attempt.Stop(StopReason.Cancel);
        if (node.Current != epoch) attempt.Stop(StopReason.Fenced); // the epoch ended while the claim was answered: who stopped all work may not have seen this
        return attempt;
    }

    private void Begin(IReadOnlyList<Attempt> claimed)
    {
        foreach (var attempt in claimed) _ = RunAsync(attempt);
    }

    private async Task RunAsync(Attempt attempt)
    {
        try
        {
            var (outcome, gone) = await supervisor.RunAsync(attempt, tools.Find(attempt.Spec.Tool)!);
            if (!gone.IsCompleted) HoldSlot(attempt, gone);
            if (outcome is not null) await FinishAsync(attempt, outcome);
        }
        catch (OperationCanceledException) when (patience.IsOver)
        {
            LogLeft(logger, attempt.Fence.Job, attempt.Fence.Attempt);
        }
        catch (Exception exception) // our own fault: the job must still end, and the slot be freed
        {
            LogBroken(logger, attempt.Fence.Job, attempt.Fence.Attempt, exception);
            await FinishBrokenAsync(attempt, exception);
        }
        finally
        {
            board.Remove(attempt);
            await attempt.Journal.Log.DisposeAsync();
            _running.Remove(attempt);
            _wake.Fire();
        }
    }

    private async ValueTask FinishBrokenAsync(Attempt attempt, Exception broken)
    {
        try
        {
            await FinishAsync(attempt, new AttemptOutcome.Failed(JobError.Of(ErrorKind.Internal, $"The engine failed: {broken.Message}")));
        }
        catch (Exception exception) // nothing more can be done here; the next start takes the job over
        {
            LogBroken(logger, attempt.Fence.Job, attempt.Fence.Attempt, exception);
        }
    }

    private async ValueTask FinishAsync(Attempt attempt, AttemptOutcome outcome)
    {
        attempt.IsOver = true;
        await board.FlushLogAsync(attempt, CancellationToken.None);
        var written = await finisher.FinishAsync(new AttemptEnd(attempt.Fence, finishIds(), outcome));
        LogEnded(logger, attempt.Fence.Job, attempt.Fence.Attempt, attempt.Spec.Project, written.Job?.State.Status.Word ?? "gone", written.Result);
    }

    private void HoldSlot(Attempt attempt, Task gone)
    {
        var held = _running.Lose(attempt, sources.SharedNames);
        _ = gone.ContinueWith(
            _ =>
            {
                held.Dispose();
                _wake.Fire();
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>What one claim gave, and how long to wait before the next.</summary>
    private sealed record Round(IReadOnlyList<Attempt> Claimed, TimeSpan Wait)
    {
        public static Round OfNothing(TimeSpan wait) => new([], wait);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {JobId} attempt {Attempt} of project {Project} ended, the job is {Status} ({Result})")]
    private static partial void LogEnded(ILogger logger, JobId jobId, int attempt, string project, string status, WriteResult result);

    [LoggerMessage(Level = LogLevel.Error, Message = "Running job {JobId} attempt {Attempt} failed in the engine itself")]
    private static partial void LogBroken(ILogger logger, JobId jobId, int attempt, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of claiming failed")]
    private static partial void LogClaimFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} attempt {Attempt} is left to the next start: the engine stopped while the store did not answer")]
    private static partial void LogLeft(ILogger logger, JobId jobId, int attempt);
}
