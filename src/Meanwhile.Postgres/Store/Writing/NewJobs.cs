using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Jobs that this node added and that were due at once, as they were added, so that its own claim of them need not read them first. Safe for concurrent use.</summary>
/// <remarks>
/// The first that were added are the first to be claimed: so newer ones are remembered only as far as there is room, and the older half goes when nothing has been taken of it for a while, because other nodes claim them.
/// A claim writes only rows that still are as remembered, so nothing depends on this being right.
/// </remarks>
internal sealed class NewJobs(TimeProvider time)
{
    /// <summary>Of each of two halves.</summary>
    private const long BytesMax = 32L * 1024 * 1024;

    /// <summary>What a job takes besides its texts.</summary>
    private const int JobBytes = 768;

    private static readonly TimeSpan UnusedMax = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private Half _younger = new(0);
    private Half _older = new(0);

    private sealed class Half(long usedAt)
    {
        public Dictionary<JobId, JobRecord> Jobs { get; } = [];

        public long Bytes { get; set; }

        /// <summary>When a job was added or taken last.</summary>
        public long UsedAt { get; set; } = usedAt;
    }

    /// <summary>Remembers a job that was just added, if it is due and there is room.</summary>
    public void Remember(JobSpec spec, long sequence)
    {
        if (spec.RunAt > spec.CreatedAt) return;
        var job = new JobRecord(sequence, spec, JobState.Accepted(spec), null);
        lock (_gate)
        {
            if (_younger.Bytes + BytesOf(spec) > BytesMax && !TryTurn()) return;
            if (_younger.Jobs.TryAdd(spec.Id, job)) _younger.Bytes += BytesOf(spec);
            _younger.UsedAt = time.GetTimestamp();
        }
    }

    /// <summary>Whether a job is remembered.</summary>
    public bool Knows(JobId id)
    {
        lock (_gate) return _younger.Jobs.ContainsKey(id) || _older.Jobs.ContainsKey(id);
    }

    /// <summary>Takes a job out; null when it is not remembered.</summary>
    public JobRecord? Take(JobId id)
    {
        lock (_gate) return Take(_older, id) ?? Take(_younger, id);
    }

    private JobRecord? Take(Half half, JobId id)
    {
        if (!half.Jobs.Remove(id, out var job)) return null;
        half.Bytes -= BytesOf(job.Spec);
        half.UsedAt = time.GetTimestamp();
        return job;
    }

    /// <summary>Begins another half when the older is used up, or nobody uses it.</summary>
    private bool TryTurn()
    {
        if (_older.Jobs.Count > 0 && time.GetElapsedTime(_older.UsedAt) < UnusedMax) return false;
        (_older, _younger) = (_younger, new Half(time.GetTimestamp()));
        return true;
    }

    private static int BytesOf(JobSpec spec) => JobBytes + (sizeof(char) * (spec.Params.Length + (spec.Statement?.Length ?? 0)));
}
