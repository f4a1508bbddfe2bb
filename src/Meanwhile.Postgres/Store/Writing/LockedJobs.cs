using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Jobs that a transaction has locked, or found ended, and what is to be written of them.</summary>
/// <remarks>A job that changes twice is written twice, in order: the statement that writes takes each job once.</remarks>
internal sealed class LockedJobs(Dictionary<JobId, JobRecord> jobs, DateTimeOffset now)
{
    private readonly Dictionary<JobId, int> _changes = [];

    /// <summary>The database's time.</summary>
    public DateTimeOffset Now => now;

    /// <summary>What is to be written, one statement after the other.</summary>
    public List<List<Decision>> Rounds { get; } = [];

    /// <summary>Statements to run besides.</summary>
    public List<Call> Besides { get; } = [];

    /// <summary>The job as it is by now; null when there is none.</summary>
    public JobRecord? Find(JobId id) => jobs.GetValueOrDefault(id);

    /// <summary>Changes a job, if there is one, and tells of it.</summary>
    public JobWrite Change(JobId id, JobChange change)
    {
        if (Find(id) is not { } job) return new JobWrite(WriteResult.NotFound, null);
        var (result, decision) = Decision.Make(job, change, now);
        if (decision is not null) Add(decision);
        return new JobWrite(result, Find(id));
    }

    /// <summary>Takes a decision that was made on the job as it is by now.</summary>
    public void Add(Decision decision)
    {
        var id = decision.Before.Id;
        var round = _changes.GetValueOrDefault(id);
        if (round == Rounds.Count) Rounds.Add([]);
        Rounds[round].Add(decision);
        _changes[id] = round + 1;
        jobs[id] = decision.After;
    }

    /// <summary>Takes how far a job is by now.</summary>
    public void SetProgress(JobId id, JobProgress progress)
    {
        jobs[id] = jobs[id] with { Progress = progress };
        _changes.TryAdd(id, 0);
    }

    /// <summary>Jobs that were touched, as they are by now.</summary>
    public IEnumerable<JobRecord> Changed => _changes.Keys.Select(id => jobs[id]);

    /// <summary>An event that changes nothing but the count of the job's events.</summary>
    public void Tell(JobRecord job, EventKind kind, EventDetail detail)
    {
        var state = job.State with { EventCount = job.State.EventCount + 1 };
        Add(new Decision(job, state, new JobEventData(state.EventCount, kind, now, state.Status, state.Attempt, detail)));
    }
}
