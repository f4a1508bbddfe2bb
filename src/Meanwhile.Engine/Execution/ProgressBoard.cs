using System.Collections.Concurrent;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Execution;

/// <summary>Stores what all attempts of this node said of their progress, in one write at a time.</summary>
internal sealed partial class ProgressBoard(IJobStore store, JobChanges changes, TimeProvider time, ILogger<ProgressBoard> logger)
{
    private readonly ConcurrentDictionary<JobId, Attempt> _attempts = new();
    private readonly long _start = time.GetTimestamp();

    /// <summary>The attempts that run here.</summary>
    public ICollection<Attempt> Attempts => _attempts.Values;

    /// <summary>The attempt of a job that runs here; null when it does not.</summary>
    public Attempt? Find(JobId job) => _attempts.GetValueOrDefault(job);

    /// <summary>Begins to follow an attempt.</summary>
    public void Add(Attempt attempt) => _attempts[attempt.Fence.Job] = attempt;

    /// <summary>Ends following it.</summary>
    public void Remove(Attempt attempt) => _attempts.TryRemove(new KeyValuePair<JobId, Attempt>(attempt.Fence.Job, attempt));

    /// <summary>Stores what is new; an attempt whose write is fenced is told so.</summary>
    public async ValueTask SaveAsync(CancellationToken cancellationToken)
    {
        var elapsed = time.GetElapsedTime(_start);
        List<(Attempt Attempt, ProgressReport Report)> said = [];
        foreach (var attempt in _attempts.Values.Where(attempt => !attempt.IsOver))
        {
            await FlushLogAsync(attempt, cancellationToken);
            if (attempt.Journal.Take(elapsed) is { } report) said.Add((attempt, report));
        }

        foreach (var batch in said.Chunk(BatchMax))
        {
            var results = await store.SaveProgressAsync([.. batch.Select(item => item.Report)], cancellationToken);
            for (var i = 0; i < batch.Length; i++)
            {
                var (attempt, report) = batch[i];
                attempt.Journal.Stored(report, elapsed);
                if (results[i] == WriteResult.Fenced) attempt.Stop(StopReason.Fenced);
                else changes.Tell(attempt.Fence.Job, attempt.Spec.Project);
            }
        }
    }

    /// <summary>Writes an attempt's waiting log lines; a log that can't be written is worth less than everybody's progress.</summary>
    public async ValueTask FlushLogAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            await attempt.Journal.Log.FlushAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            LogLogLost(logger, attempt.Fence.Job, attempt.Fence.Attempt, exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Some log lines of job {JobId} attempt {Attempt} were lost: {Reason}")]
    private static partial void LogLogLost(ILogger logger, JobId jobId, int attempt, string reason);

    private const int BatchMax = 1_000;
}
