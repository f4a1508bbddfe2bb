using System.Collections.Concurrent;
using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>The jobs that this node claimed, as it last saw them, so that their endings can be written in one round trip. Safe for concurrent use.</summary>
/// <remarks>What is written from it is written only while the row still is so: another node's change makes the write fail, and the row is then read.</remarks>
internal sealed class RunningJobs
{
    private const int RememberedMax = 65_536;
    private readonly ConcurrentDictionary<JobId, JobRecord> _jobs = new();
    private int _count; // the dictionary's own takes all of its locks

    /// <summary>The job; null when it is not remembered.</summary>
    public JobRecord? Find(JobId id) => _jobs.GetValueOrDefault(id);

    /// <summary>Remembers a job while it runs, and forgets it otherwise.</summary>
    public void Remember(JobRecord job)
    {
        if (job.State.Status != JobStatus.Running) Forget(job.Id);
        else if (_jobs.TryGetValue(job.Id, out var known)) _jobs.TryUpdate(job.Id, job, known);
        else if (_count < RememberedMax && _jobs.TryAdd(job.Id, job)) Interlocked.Increment(ref _count);
    }

    /// <summary>Remembers a job anew if it is remembered.</summary>
    public void Renew(JobRecord job)
    {
        if (_jobs.ContainsKey(job.Id)) Remember(job);
    }

    /// <summary>Forgets a job.</summary>
    public void Forget(JobId id)
    {
        if (_jobs.TryRemove(id, out _)) Interlocked.Decrement(ref _count);
    }
}
