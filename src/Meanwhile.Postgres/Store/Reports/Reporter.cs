using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Results;
using Meanwhile.Stores;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Reports;

/// <summary>Keeps what attempts report while they run: how far they are, and what the next can go on from.</summary>
internal sealed class Reporter(JobWriter writer)
{
    /// <summary>Keeps how far attempts are.</summary>
    public ValueTask<IReadOnlyList<WriteResult>> SaveAsync(IReadOnlyList<ProgressReport> reports, CancellationToken cancellationToken) => writer.LockAsync<IReadOnlyList<WriteResult>>(
        reports.Select(report => report.Fence.Job),
        locked =>
        {
            Dictionary<JobId, (int Attempt, JobProgress Progress)> kept = [];
            WriteResult[] results = [.. reports.Select(report => Save(locked, report, kept))];
            if (kept.Count > 0) locked.Besides.Add(new Call(JobSql.SaveProgress, Columns([.. kept.Select(item => (item.Key, item.Value.Attempt, item.Value.Progress))])));
            return results;
        },
        cancellationToken);

    /// <summary>Keeps a checkpoint.</summary>
    public ValueTask<WriteResult> SaveAsync(AttemptFence attempt, string checkpoint, CancellationToken cancellationToken) => writer.LockAsync(
        [attempt.Job],
        locked =>
        {
            if (locked.Find(attempt.Job) is not { } job) return WriteResult.NotFound;
            if (Guard(job.State, attempt) is { } refusal) return refusal;
            locked.Besides.Add(new Call(JobSql.SaveCheckpoint, Parameters.Uuid(attempt.Job.Value), Parameters.Text(checkpoint)));
            return WriteResult.Applied;
        },
        cancellationToken);

    private static WriteResult Save(LockedJobs locked, ProgressReport report, Dictionary<JobId, (int Attempt, JobProgress Progress)> kept)
    {
        if (locked.Find(report.Fence.Job) is not { } job) return WriteResult.NotFound;
        if (Guard(job.State, report.Fence) is { } refusal) return refusal;
        if (job.Progress is { } known && report.Progress.Number <= known.Number) return WriteResult.Applied;
        var reached = job.Progress?.Fraction;
        var progress = report.Progress with { Fraction = reached is not null && !(report.Progress.Fraction > reached) ? reached : report.Progress.Fraction };
        kept[job.Id] = (job.State.Attempt, progress);
        locked.SetProgress(job.Id, progress);
        if (report.AsEvent) locked.Tell(locked.Find(job.Id)!, EventKind.Progressed, new EventDetail { Fraction = progress.Fraction, Message = progress.Message, LogBytes = progress.LogBytes });
        return WriteResult.Applied;
    }

    private static WriteResult? Guard(JobState state, AttemptFence fence) =>
        state.Fence != fence.Fence || state.Attempt != fence.Attempt ? WriteResult.Fenced
        : state.Status != JobStatus.Running ? WriteResult.AlreadyEnded
        : null;

    private static NpgsqlParameter[] Columns((JobId Job, int Attempt, JobProgress Progress)[] kept) =>
    [
        Parameters.Uuids(Array.ConvertAll(kept, item => item.Job.Value)),
        Parameters.Ints(Array.ConvertAll(kept, item => item.Attempt)),
        Parameters.Longs(Array.ConvertAll(kept, item => item.Progress.Number)),
        Parameters.Sparse(Array.ConvertAll(kept, item => item.Progress.Fraction), NpgsqlDbType.Double),
        Parameters.Sparse<string>(Array.ConvertAll(kept, item => item.Progress.Message), NpgsqlDbType.Text),
        Parameters.Sparse(Array.ConvertAll(kept, item => (short?)item.Progress.Phase), NpgsqlDbType.Smallint),
        Parameters.Sparse<string>(Array.ConvertAll(kept, item => Counters(item.Progress)), NpgsqlDbType.Text),
        Parameters.Longs(Array.ConvertAll(kept, item => item.Progress.LogBytes)),
    ];

    private static string? Counters(JobProgress progress) =>
        progress.Counters.Count == 0 ? null : JsonSerializer.Serialize(new Dictionary<string, long>(progress.Counters), StoredJson.Default.DictionaryStringInt64);
}
