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
    IJobStore store,
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

    /// <summary>Tells the attempt of a job, if it runs here, to stop.</summary>
    public void Stop(JobId job, StopReason reason) => board.Find(job)?.Stop(reason);

    /// <summary>The job as this node remembers it, when it runs here.</summary>
    public JobRecord? Remembered(JobId job) => board.Find(job)?.Job;

    /// <summary>Claims and runs until cancelled; what runs then goes on.</summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var wait = await ClaimOnceAsync(cancellationToken);
                if (wait > TimeSpan.Zero) await _wake.WaitAsync(wait, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // draining
        }
    }

    /// <summary>Waits until everything that runs here has ended, or the time is over.</summary>
    public ValueTask<bool> IdleWithinAsync(TimeSpan atMost) => _running.EmptyWithinAsync(atMost, time);

    /// <summary>Tells everything that runs here to stop.</summary>
    public void StopAll(StopReason reason)
    {
        foreach (var attempt in board.Attempts) attempt.Stop(reason);
    }

    private async ValueTask<TimeSpan> ClaimOnceAsync(CancellationToken cancellationToken)
    {
        var room = Math.Min(options.ClaimBatchMax, options.Concurrency - _running.Count);
        if (room <= 0 || node.Current is not { } epoch) return options.ClaimEvery;
        var request = Request(epoch, room);
        var result = await patience.AskAsync("claiming work", stop => store.ClaimAsync(request, stop), cancellationToken);
        if (result is not ClaimResult.Claimed claimed)
        {
            node.Lost(epoch);
            return options.ClaimEvery;
        }

        foreach (var job in claimed.Jobs) Begin(job);
        if (claimed.More && claimed.Jobs.Count > 0) return TimeSpan.Zero;
        return claimed.NextDueAt is { } due ? Clamp(due - time.GetUtcNow()) : options.ClaimEvery;
    }

    private TimeSpan Clamp(TimeSpan wait) =>
        wait <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : wait < options.ClaimEvery ? wait : options.ClaimEvery;

    private ClaimRequest Request(NodeEpoch epoch, int room)
    {
        var finite = limits.Current;
        return new ClaimRequest
        {
            Node = epoch,
            Max = room,
            SourceLimitDefault = options.SourceConcurrency,
            Limits = finite.Limits,
            Weights = finite.Weights,
            ToolRoom = _running.ToolRoom(tools),
            SharedSources = sources.SharedNames,
            LostSlots = _running.LostSlots(),
            Tools = tools.Names,
        };
    }

    private void Begin(ClaimedJob claimed)
    {
        var attempt = attempts.Make(claimed);
        _running.Add(attempt);
        board.Add(attempt);
        changes.Tell(claimed.Job);
        if (claimed.Job.State.Cancel is not null) attempt.Stop(StopReason.Cancel);
        _ = RunAsync(attempt);
    }

    private async Task RunAsync(Attempt attempt)
    {
        try
        {
            var (outcome, gone) = await supervisor.RunAsync(attempt, tools.Find(attempt.Spec.Tool)!);
            if (!gone.IsCompleted) HoldSlot(attempt, gone);
            if (outcome is not null) await FinishAsync(attempt, outcome);
        }
        catch (Exception exception) // our own fault: the job must still end, and the slot be freed
        {
            LogBroken(logger, attempt.Fence.Job, attempt.Fence.Attempt, exception);
            await FinishAsync(attempt, new AttemptOutcome.Failed(JobError.Of(ErrorKind.Internal, $"The engine failed: {exception.Message}")));
        }
        finally
        {
            board.Remove(attempt);
            await attempt.Journal.Log.DisposeAsync();
            _running.Remove(attempt);
            _wake.Fire();
        }
    }

    private async ValueTask FinishAsync(Attempt attempt, AttemptOutcome outcome)
    {
        await FlushLogAsync(attempt);
        var written = await finisher.FinishAsync(new AttemptEnd(attempt.Fence, finishIds(), outcome));
        LogEnded(logger, attempt.Fence.Job, attempt.Fence.Attempt, attempt.Spec.Project, written.Job?.State.Status.Word ?? "gone", written.Result);
    }

    private async ValueTask FlushLogAsync(Attempt attempt)
    {
        try
        {
            await attempt.Journal.Log.FlushAsync(CancellationToken.None);
        }
        catch (IOException exception)
        {
            LogLogLost(logger, attempt.Fence.Job, attempt.Fence.Attempt, exception.Message); // a log is worth less than an ending
        }
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {JobId} attempt {Attempt} of project {Project} ended, the job is {Status} ({Result})")]
    private static partial void LogEnded(ILogger logger, JobId jobId, int attempt, string project, string status, WriteResult result);

    [LoggerMessage(Level = LogLevel.Error, Message = "Running job {JobId} attempt {Attempt} failed in the engine itself")]
    private static partial void LogBroken(ILogger logger, JobId jobId, int attempt, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last log lines of job {JobId} attempt {Attempt} were lost: {Reason}")]
    private static partial void LogLogLost(ILogger logger, JobId jobId, int attempt, string reason);
}
