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
internal sealed class PostgresJobReader(Database database, StoreClock clock, Guid incarnation, ReadOnlyMemory<byte> shortIdKey) : IJobReader
{
    private const int OwnedMax = 10_000;
    private readonly JobSearch _search = new(database, clock);
    private readonly QueuePositions _positions = new(database, clock);

    private sealed record Need(JobStatus Status, bool Expired, int Attempt, long Fence, ResultManifest? Result);

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
    public ValueTask<IReadOnlyList<int?>> PositionsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) => _positions.FindAsync(ids, cancellationToken);

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
    public async ValueTask<string?> GetCheckpointAsync(JobId job, CancellationToken cancellationToken) =>
        (await database.ListAsync(new Call(JobSql.Checkpoints, Parameters.Uuids([job.Value])), row => row.GetString(1), cancellationToken)).FirstOrDefault();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<AttemptBlobs>> UnneededAsync(IReadOnlyList<AttemptBlobs> blobs, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. blobs.Select(blob => blob.Fence.Job.Value).Distinct()];
        var needs = await database.ListAsync(new Call(JobSql.Needs, Parameters.Uuids(asked)), ReadNeed, cancellationToken);
        var byJob = needs.ToDictionary(item => item.Job, item => item.Need);
        return [.. blobs.Where(blob => !IsNeeded(blob, byJob.GetValueOrDefault(blob.Fence.Job)))];
    }

    private static bool IsNeeded(AttemptBlobs blob, Need? job)
    {
        if (job is null || job.Expired) return false;
        return blob.Kind switch
        {
            AttemptBlobKind.Log => true,
            AttemptBlobKind.Result when job.Status.IsFinal => job.Result is { } result && result.Attempt == blob.Fence.Attempt && result.Fence == blob.Fence.Fence,
            AttemptBlobKind.Result => job.Attempt == blob.Fence.Attempt && job.Fence == blob.Fence.Fence,
        };
    }

    private static (JobId Job, Need Need) ReadNeed(Npgsql.NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        return (new JobId(columns.Uuid()), new Need((JobStatus)columns.Short(), columns.Bool(), columns.Int(), columns.Long(), columns.Json(StoredJson.Default.ResultManifest)));
    }

    private async ValueTask<JobId?> FirstAsync(Call call, CancellationToken cancellationToken) =>
        await database.ScalarAsync<Guid?>(call, cancellationToken) is { } id ? new JobId(id) : null;
}
