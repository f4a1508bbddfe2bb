using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Lists;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Jobs;

/// <summary>Reads jobs.</summary>
internal sealed class PostgresJobReader(Database database, StoreClock clock, QueuePositions positions, Guid incarnation, ReadOnlyMemory<byte> shortIdKey) : IJobReader
{
    private const int OwnedMax = 10_000;
    private readonly JobSearch _search = new(database, clock);

    /// <inheritdoc/>
    public Guid Incarnation => incarnation;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ShortIdKey => shortIdKey;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JobRecord?>> GetAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. ids.Distinct().Select(id => id.Value)];
        var jobs = (await database.ListAsync(new Call(JobSql.ById, Parameters.Uuids(asked)), JobRows.Read, cancellationToken)).ToDictionary(job => job.Id);
        return [.. ids.Select(id => jobs.GetValueOrDefault(id))];
    }

    /// <inheritdoc/>
    public ValueTask<JobId?> FindAsync(string project, long sequence, CancellationToken cancellationToken) =>
        FirstAsync(new Call(JobSql.BySequence, Parameters.Text(project), Parameters.Long(sequence)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<JobId?> FindByIdempotencyKeyAsync(string project, string submittedBy, string key, CancellationToken cancellationToken) =>
        FirstAsync(new Call(JobSql.ByKey, Parameters.Text(project), Parameters.Text(submittedBy), Parameters.Text(key)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<JobList> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken cancellationToken)
    {
        var (ids, scannedUntil) = await _search.FindAsync(filter, before, limit, cancellationToken);
        if (ids.Count == 0) return new JobList([], scannedUntil);
        return new JobList([.. (await GetAsync(ids, cancellationToken)).OfType<JobRecord>()], scannedUntil);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StatusCount>> CountAsync(string project, CancellationToken cancellationToken) =>
        await database.ListAsync(new Call(JobSql.Counts, Parameters.Text(project)), row => new StatusCount((JobStatus)row.GetInt16(0), row.GetInt64(1)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<int?>> PositionsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) => positions.FindAsync(ids, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JobRecord>> OwnedAsync(NodeEpoch node, CancellationToken cancellationToken) =>
        await database.ListAsync(new Call(JobSql.Owned, Parameters.Text(node.Node), Parameters.Long(node.Epoch), Parameters.Int(OwnedMax)), JobRows.Read, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<CancelIntent>> CancelIntentsAsync(NodeEpoch node, CancellationToken cancellationToken) => await database.ListAsync(
        new Call(JobSql.CancelIntents, Parameters.Text(node.Node), Parameters.Long(node.Epoch)),
        row => new CancelIntent(
            new AttemptFence(new JobId(row.GetGuid(0)), row.GetInt32(1), row.GetInt64(2)),
            JsonSerializer.Deserialize(row.GetString(3), StoredJson.Default.CancelEvidence)!.Reason),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JobRecord>> UnansweredCancelsAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        var wanted = await database.RunAsync(
            async (session, token) =>
            {
                DateTimeOffset now = default;
                List<JobRecord> jobs = [];
                await session.RunAsync(
                    [new Call(JobSql.Now, clock.Parameter), new Call(JobSql.ToStop, Parameters.Int(OwnedMax))],
                    async (index, reader, stop) =>
                    {
                        while (await reader.ReadAsync(stop))
                        {
                            if (index == 0) now = reader.GetFieldValue<DateTimeOffset>(0);
                            else jobs.Add(JobRows.Read(reader));
                        }
                    },
                    token);
                return (Now: now, Jobs: jobs);
            },
            cancellationToken);
        return
        [
            .. wanted.Jobs.Where(job => job.State.Cancel is { } cancel && (cancel.SentAt is null || job.State.Status == JobStatus.Pending) && cancel.RequestedAt <= wanted.Now - age)
                .OrderBy(job => job.State.Cancel!.RequestedAt).ThenBy(job => job.Id).Take(limit),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask<string?> GetCheckpointAsync(JobId job, CancellationToken cancellationToken) =>
        (await database.ListAsync(new Call(JobSql.Checkpoints, Parameters.Uuids([job.Value])), row => row.GetString(1), cancellationToken)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<AttemptBlobs>> UnneededAsync(IReadOnlyList<AttemptBlobs> blobs, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. blobs.Select(blob => blob.Fence.Job.Value).Distinct()];
        var needs = await database.ListAsync(new Call(JobSql.Needs, Parameters.Uuids(asked)), ReadNeed, cancellationToken);
        var byJob = needs.ToDictionary(item => item.Job, item => item.State);
        return [.. blobs.Where(blob => !(byJob.GetValueOrDefault(blob.Fence.Job) is { } state && blob.AreNeededBy(state)))];
    }

    private static (JobId Job, JobState State) ReadNeed(Npgsql.NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        var job = new JobId(columns.Uuid());
        return (job, new JobState
        {
            Status = (JobStatus)columns.Short(),
            RunAt = default,
            UpdatedAt = default,
            Expired = columns.Bool(),
            Attempt = columns.Int(),
            Fence = columns.Long(),
            Result = columns.Json(StoredJson.Default.ResultManifest),
            Commit = columns.Json(StoredJson.Default.CommitIntent),
        });
    }

    private async ValueTask<JobId?> FirstAsync(Call call, CancellationToken cancellationToken) =>
        await database.ScalarAsync<Guid?>(call, cancellationToken) is { } id ? new JobId(id) : null;
}
