using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Dispatch;

/// <summary>Stops, at the source, work that is wanted stopped and whose owner does not answer, and ends its job once the work was seen gone.</summary>
internal sealed partial class UnansweredCancels(
    IJobStore store, IJobReader reader, SourceCatalog sources, StatementTags tags, Dispatcher dispatcher, JobChanges changes, Func<Guid> finishIds, TimeProvider time, EngineOptions options, ILogger<UnansweredCancels> logger)
{
    private const int BatchMax = 64;

    /// <summary>Looks once.</summary>
    public async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        foreach (var job in await reader.UnansweredCancelsAsync(options.CancelAnswerWithin, BatchMax, cancellationToken))
        {
            if (dispatcher.Remembered(job.Id) is not null) continue; // it runs here, where it is being stopped
            await StopAsync(job, cancellationToken);
        }
    }

    private async ValueTask StopAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (job.Spec.Source is not { } name) return; // what runs at no source goes with its owner
        try
        {
            await using var use = sources.Open(job.Spec.Project, name);
            var sentAt = time.GetUtcNow();
            if (await EndAsync(job, use.Source, cancellationToken) is not { } fate) return;
            await RecordAsync(job, fate, sentAt, cancellationToken);
        }
        catch (ProblemException unusable)
        {
            LogUnreachable(logger, job.Id, job.State.Attempt, name, unusable.Message);
        }
    }

    /// <summary>What became of the work; null when only its owner, or the next, can say.</summary>
    private async ValueTask<StatementFate?> EndAsync(JobRecord job, IHostedSource source, CancellationToken cancellationToken)
    {
        var isLost = job.State.Status == JobStatus.Pending;
        if (!source.Capabilities.EndsFromAnyNode) return isLost ? new StatementFate(Gone: true, "The work went with the process that ran it.", CommitFate.Unknown) : null;
        if (isLost && job.State.Commit?.Mark is not null) return null; // it may be done: the next owner finds out
        var fate = await source.EndAsync(tags.UpTo(job), job.State.Commit?.Mark, cancellationToken);
        return fate.Commit == CommitFate.Committed ? null : fate; // what ended before the cancel keeps its ending
    }

    private async ValueTask RecordAsync(JobRecord job, StatementFate fate, DateTimeOffset sentAt, CancellationToken cancellationToken)
    {
        var fence = new AttemptFence(job.Id, job.State.Attempt, job.State.Fence);
        var written = fate.Gone
            ? await store.EndInsteadAsync([new SeenGone(fence, finishIds(), new AttemptOutcome.Stopped(sentAt, fate.Answer, time.GetUtcNow()))], cancellationToken)
            : await store.NoteCancelAsync([new CancelNote(fence, sentAt, fate.Answer, ConfirmedAt: null, Unconfirmed: false)], cancellationToken);
        if (written[0] is { Result: WriteResult.Applied, Job: { } now }) changes.Tell(now);
        LogStopped(logger, job.Id, job.State.Attempt, job.State.Owner?.Node ?? "none", fate.Answer);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} attempt {Attempt} was stopped at its source instead of by its owner {Node}: {Answer}")]
    private static partial void LogStopped(ILogger logger, JobId jobId, int attempt, string node, string answer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} attempt {Attempt} can't be stopped at {Source} from here: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, JobId jobId, int attempt, string source, string reason);
}
