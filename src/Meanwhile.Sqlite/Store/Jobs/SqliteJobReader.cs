using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Reading;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>Reads jobs on the pooled connections.</summary>
internal sealed class SqliteJobReader(ReaderPool readers, TimeProvider time, Guid incarnation, ReadOnlyMemory<byte> shortIdKey) : IJobReader
{
    private const int OwnedMax = 10_000;

    /// <inheritdoc/>
    public Guid Incarnation => incarnation;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ShortIdKey => shortIdKey;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord?>> GetAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) =>
        readers.ReadAsync<IReadOnlyList<JobRecord?>>(session => [.. ids.Select(id => Get(session, id))], cancellationToken);

    private static JobRecord? Get(Session session, JobId id)
    {
        var find = session.Use(JobSql.ById);
        find.Bind(1, id);
        var record = find.Step() ? JobRows.Read(find).Record : null;
        find.Reset();
        return record;
    }

    private static JobRecord At(Session session, long row)
    {
        var find = session.Use(JobSql.ByRow);
        find.Bind(1, row);
        find.Step();
        var record = JobRows.Read(find).Record;
        find.Reset();
        return record;
    }

    /// <inheritdoc/>
    public ValueTask<JobId?> FindAsync(string project, long sequence, CancellationToken cancellationToken) => readers.ReadAsync<JobId?>(
        session =>
        {
            if (ProjectId(session, project) is not { } projectId) return null;
            var find = session.Use(JobSql.IdByRow);
            find.Bind(1, Rows.OfJob(projectId, sequence));
            JobId? id = find.Step() ? find.Id(0) : null;
            find.Reset();
            return id;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<JobId?> FindByIdempotencyKeyAsync(string project, string submittedBy, string key, CancellationToken cancellationToken) => readers.ReadAsync<JobId?>(
        session =>
        {
            if (ProjectId(session, project) is not { } projectId) return null;
            var find = session.Use(JobSql.ByIdempotencyKey);
            find.Bind(1, projectId);
            find.Bind(2, submittedBy);
            find.Bind(3, key);
            JobId? id = find.Step() ? find.Id(0) : null;
            find.Reset();
            return id;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<JobList> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return readers.ReadAsync(
            session =>
            {
                var (rows, scannedUntil) = JobScan.Find(session, filter, before, limit, now);
                return new JobList([.. rows.Select(row => At(session, row))], scannedUntil);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatusCount>> CountAsync(string project, CancellationToken cancellationToken) => readers.ReadAsync<IReadOnlyList<StatusCount>>(
        session =>
        {
            var find = session.Use(ListSql.Counts);
            find.Bind(1, project);
            List<StatusCount> counts = [];
            if (find.Step())
            {
                foreach (var status in JobStatuses.All)
                {
                    if (find.Int64((int)status) is > 0 and var count) counts.Add(new StatusCount(status, count));
                }
            }

            find.Reset();
            return counts;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<int?>> PositionsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken)
    {
        var now = Micros.Of(time.GetUtcNow());
        return readers.ReadAsync<IReadOnlyList<int?>>(session => [.. ids.Select(id => QueuePosition.Of(session, id, now))], cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> OwnedAsync(NodeEpoch node, CancellationToken cancellationToken) => readers.ReadAsync<IReadOnlyList<JobRecord>>(
        session =>
        {
            if (NodeId(session, node) is not { } nodeId) return [];
            var find = session.Use(JobSql.Owned);
            find.Bind(1, nodeId);
            find.Bind(2, OwnedMax);
            return [.. Session.All(find, row => row.Int64(0)).Select(row => At(session, row))];
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CancelIntent>> CancelIntentsAsync(NodeEpoch node, CancellationToken cancellationToken) => readers.ReadAsync<IReadOnlyList<CancelIntent>>(
        session =>
        {
            if (NodeId(session, node) is not { } nodeId) return [];
            var find = session.Use(JobSql.CancelIntents);
            find.Bind(1, nodeId);
            return Session.All(find, row => new CancelIntent(
                new AttemptFence(row.Id(0), (int)row.Int64(1), row.Int64(2)),
                JsonSerializer.Deserialize(row.Text(3), StoredJson.Default.CancelEvidence)!.Reason));
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> UnansweredCancelsAsync(TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() - age;
        return readers.ReadAsync<IReadOnlyList<JobRecord>>(
            session =>
            {
                var find = session.Use(JobSql.ToStop);
                find.Bind(1, OwnedMax);
                var wanted = Session.All(find, row => (Row: row.Int64(0), Cancel: JsonSerializer.Deserialize(row.Text(1), StoredJson.Default.CancelEvidence)!, IsPending: row.Int64(2) == (long)JobStatus.Pending));
                var unanswered = wanted.Where(job => (job.Cancel.SentAt is null || job.IsPending) && job.Cancel.RequestedAt <= until).OrderBy(job => job.Cancel.RequestedAt).Take(limit);
                return [.. unanswered.Select(job => At(session, job.Row))];
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetCheckpointAsync(JobId job, CancellationToken cancellationToken) => readers.ReadAsync(
        session =>
        {
            var find = session.Use(JobSql.Checkpoint);
            find.Bind(1, job);
            var checkpoint = find.Step() ? find.String(0) : null;
            find.Reset();
            return checkpoint;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptBlobs>> UnneededAsync(IReadOnlyList<AttemptBlobs> blobs, CancellationToken cancellationToken) =>
        readers.ReadAsync<IReadOnlyList<AttemptBlobs>>(session => [.. blobs.Where(blob => !IsNeeded(session, blob))], cancellationToken);

    private static bool IsNeeded(Session session, AttemptBlobs blob)
    {
        var find = session.Use(ListSql.Need);
        find.Bind(1, blob.Fence.Job);
        if (!find.Step())
        {
            find.Reset();
            return false;
        }

        var (isFinal, expired) = (((JobStatus)find.Int64(0)).IsFinal, find.Int64(1) != 0);
        var isCurrent = find.Int64(2) == blob.Fence.Attempt && find.Int64(3) == blob.Fence.Fence;
        var intent = isFinal || find.IsNull(5) ? null : JsonSerializer.Deserialize(find.Text(5), StoredJson.Default.CommitIntent);
        var isIntended = (intent?.Attempt, intent?.Fence) == (blob.Fence.Attempt, blob.Fence.Fence);
        var result = !isFinal || find.IsNull(4) ? null : JsonSerializer.Deserialize(find.Text(4), StoredJson.Default.ResultManifest);
        find.Reset();
        if (expired) return false;
        return blob.Kind switch
        {
            AttemptBlobKind.Log => true,
            AttemptBlobKind.Result => isFinal ? result is not null && result.Attempt == blob.Fence.Attempt && result.Fence == blob.Fence.Fence : isCurrent || isIntended,
        };
    }

    private static long? ProjectId(Session session, string project)
    {
        var find = session.Use(ListSql.ProjectId);
        find.Bind(1, project);
        return Session.First(find);
    }

    private static long? NodeId(Session session, NodeEpoch node)
    {
        var find = session.Use(NodeSql.Id);
        find.Bind(1, node.Node);
        find.Bind(2, node.Epoch);
        return Session.First(find);
    }
}
