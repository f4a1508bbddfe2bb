using Meanwhile.Postgres.Store.Queues;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>A due job, and the queue that it waits in.</summary>
internal readonly record struct DueJob(Guid Id, QueueKey Queue);

/// <summary>Jobs that a look leaves out, as a claim is taking them or another was quicker.</summary>
internal sealed class PassedOver
{
    private readonly HashSet<Guid> _ids = [];
    private readonly Dictionary<QueueKey, int> _counts = [];

    /// <summary>Leaves a job out.</summary>
    public void Add(DueJob job)
    {
        if (_ids.Add(job.Id)) _counts[job.Queue] = CountOf(job.Queue) + 1;
    }

    /// <summary>Whether a job is left out.</summary>
    public bool Contains(Guid id) => _ids.Contains(id);

    /// <summary>How many of a queue are: so many more must be read of it.</summary>
    public int CountOf(QueueKey queue) => _counts.GetValueOrDefault(queue);
}
