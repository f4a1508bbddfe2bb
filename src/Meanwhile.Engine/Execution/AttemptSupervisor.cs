using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Settings;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Execution;

/// <summary>Runs one attempt from its claim to its stored ending: starts the work, heeds its timeout and every wish to stop it, and says how it ended.</summary>
internal sealed partial class AttemptSupervisor(
    IJobStore store, JobChanges changes, StorePatience patience, TimeProvider time, Func<double> draw, EngineOptions options, ILogger<AttemptSupervisor> logger)
{
    /// <summary>Runs the work.</summary>
    /// <returns>How the attempt ended; null when it has another owner, so that nothing is to be written. <c>Gone</c> completes when nothing of the work runs any more.</returns>
    public async Task<(AttemptOutcome? Outcome, Task Gone)> RunAsync(Attempt attempt, IToolRunner tool)
    {
        LogStarted(logger, attempt.Fence.Job, attempt.Fence.Attempt, attempt.Spec.Project, attempt.Spec.Tool, attempt.Spec.Source);
        var work = tool.Start(attempt);
        using var overTime = ArmTimeout(attempt);
        if (await Task.WhenAny(work.Completion, attempt.Stopping) == work.Completion && !attempt.Stopping.IsCompleted) // work that was told to stop before it began ends at once, and not of its own accord
            return (Decide(attempt, await work.Completion, null, null), Task.CompletedTask);

        var reason = await attempt.Stopping;
        return reason == StopReason.Fenced ? await AbandonAsync(work) : await StopAsync(attempt, work, reason);
    }

    private ITimer? ArmTimeout(Attempt attempt) => attempt.Spec.Timeout is { } timeout
        ? time.CreateTimer(static state => ((Attempt)state!).Stop(StopReason.Timeout), attempt, timeout, System.Threading.Timeout.InfiniteTimeSpan)
        : null;

    private async Task<(AttemptOutcome? Outcome, Task Gone)> StopAsync(Attempt attempt, IWork work, StopReason reason)
    {
        if (reason == StopReason.Timeout) await MarkOverTimeAsync(attempt);
        var told = await TellAsync(work);
        if (await EndsWithinAsync(work.Completion, attempt.Fenced, NoteAfter)) return (Decide(attempt, await work.Completion, reason, told), Task.CompletedTask);
        if (attempt.Fenced.IsCompleted) return (null, work.Completion);

        if (reason != StopReason.Shutdown) await NoteAsync(attempt, told, unconfirmed: false);
        if (await EndsWithinAsync(work.Completion, attempt.Fenced, options.CancelConfirmWithin)) return (Decide(attempt, await work.Completion, reason, told), Task.CompletedTask);
        if (attempt.Fenced.IsCompleted || reason == StopReason.Shutdown) return (null, work.Completion); // the next start rescues what did not go

        await NoteAsync(attempt, told, unconfirmed: true);
        LogUnconfirmed(logger, attempt.Fence.Job, attempt.Fence.Attempt, attempt.Spec.Project);
        if (await EndsWithinAsync(work.Completion, attempt.Fenced, options.GiveUpAfter)) return (Decide(attempt, await work.Completion, reason, told), Task.CompletedTask);
        return attempt.Fenced.IsCompleted ? (null, work.Completion) : (Endings.GivenUp(told, options.GiveUpAfter), work.Completion);
    }

    private async Task<(AttemptOutcome? Outcome, Task Gone)> AbandonAsync(IWork work)
    {
        await TellAsync(work);
        return (null, work.Completion);
    }

    /// <summary>Tells the work to stop. A telling that fails is evidence too: the work is followed all the same.</summary>
    private async ValueTask<StopTold> TellAsync(IWork work)
    {
        var sentAt = time.GetUtcNow();
        try
        {
            return new StopTold(sentAt, await work.CancelAsync(CancellationToken.None));
        }
        catch (Exception exception)
        {
            return new StopTold(sentAt, $"Telling the work to stop failed: {exception.Message}");
        }
    }

    private async ValueTask<bool> EndsWithinAsync(Task completion, Task fenced, TimeSpan atMost)
    {
        using var over = new CancellationTokenSource();
        var first = await Task.WhenAny(completion, fenced, Task.Delay(atMost, time, over.Token));
        over.Cancel(); // not CancelAsync, which would leave the thread that drives the engine
        return first == completion;
    }

    private AttemptOutcome Decide(Attempt attempt, WorkOutcome outcome, StopReason? reason, StopTold? told) =>
        Endings.Decide(attempt, outcome, reason, told, time.GetUtcNow(), draw);

    private async ValueTask MarkOverTimeAsync(Attempt attempt)
    {
        var written = await patience.AskAsync("marking a job over its timeout", stop => store.MarkOverTimeAsync([attempt.Fence], stop), CancellationToken.None);
        Heed(attempt, written[0]);
    }

    private async ValueTask NoteAsync(Attempt attempt, StopTold told, bool unconfirmed)
    {
        var note = new CancelNote(attempt.Fence, told.SentAt, told.Answer, ConfirmedAt: null, unconfirmed);
        var written = await patience.AskAsync("recording a cancel", stop => store.NoteCancelAsync([note], stop), CancellationToken.None);
        Heed(attempt, written[0]);
    }

    private void Heed(Attempt attempt, JobWrite written)
    {
        if (written.Result == WriteResult.Fenced) attempt.Stop(StopReason.Fenced);
        else if (written.Job is { } job) changes.Tell(job);
    }

    /// <summary>Work that is gone sooner leaves its evidence with the ending, in one write.</summary>
    private static readonly TimeSpan NoteAfter = TimeSpan.FromMilliseconds(500);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {JobId} attempt {Attempt} of project {Project} started: {Tool} on {Source}")]
    private static partial void LogStarted(ILogger logger, JobId jobId, int attempt, string project, string tool, string? source);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} attempt {Attempt} of project {Project} was told to stop and has not gone; following it on")]
    private static partial void LogUnconfirmed(ILogger logger, JobId jobId, int attempt, string project);
}
