using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Jobs that this node added and that were due at once, as they were added, so that its own claim of them need not read them first. Safe for concurrent use.</summary>
/// <remarks>Jobs that other nodes claim stay until newer ones take their place. A claim writes only rows that still are as remembered, so nothing depends on this being right.</remarks>
internal sealed class NewJobs
{
    /// <summary>Of each of two generations.</summary>
    private const int RememberedMax = 16_384;

    private const int ParamsLengthMax = 1_024;
    private const int StatementLengthMax = 8_192;
    private readonly Lock _gate = new();
    private Dictionary<JobId, JobRecord> _younger = [];
    private Dictionary<JobId, JobRecord> _older = [];

    /// <summary>Remembers a job that was just added, if it is due and small.</summary>
    public void Remember(JobSpec spec, long sequence)
    {
        if (spec.RunAt > spec.CreatedAt || spec.Params.Length > ParamsLengthMax || spec.Statement?.Length > StatementLengthMax) return;
        var job = new JobRecord(sequence, spec, JobState.Accepted(spec), null);
        lock (_gate)
        {
            if (_younger.Count >= RememberedMax) (_older, _younger) = (_younger, []);
            _younger[spec.Id] = job;
        }
    }

    /// <summary>Whether a job is remembered.</summary>
    public bool Knows(JobId id)
    {
        lock (_gate) return _younger.ContainsKey(id) || _older.ContainsKey(id);
    }

    /// <summary>Takes a job out; null when it is not remembered.</summary>
    public JobRecord? Take(JobId id)
    {
        lock (_gate) return _younger.Remove(id, out var job) || _older.Remove(id, out job) ? job : null;
    }
}
