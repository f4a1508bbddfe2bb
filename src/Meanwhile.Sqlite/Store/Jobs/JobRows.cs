using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>A job with what the store knows of it besides.</summary>
/// <param name="LastEvent">The number of its newest event.</param>
internal sealed record StoredJob(long Row, long LaneId, long LastEvent, JobRecord Record);

/// <summary>Makes jobs of the rows that <see cref="Sql.JobSql.ById"/> and its like give.</summary>
internal static class JobRows
{
    /// <summary>The job in the current row.</summary>
    public static StoredJob Read(Statement row)
    {
        var columns = new ColumnReader(row);
        var (jobRow, laneId, lastEvent) = (columns.Int64(), columns.Int64(), columns.Int64());
        var spec = ReadSpec(ref columns);
        var state = ReadState(ref columns);
        return new StoredJob(jobRow, laneId, lastEvent, new JobRecord(Rows.Sequence(jobRow), spec, state, ReadProgress(ref columns)));
    }

    private static JobSpec ReadSpec(ref ColumnReader columns) => new() // initializers run in the order of the columns
    {
        Id = new JobId(columns.Guid() ?? default),
        Project = columns.String()!,
        SubmittedBy = columns.String()!,
        Tool = columns.String()!,
        Source = NullIfEmpty(columns.String()),
        LimitKey = NullIfEmpty(columns.String()),
        Statement = columns.String(),
        Params = columns.String() ?? "{}",
        Labels = columns.Json(StoredJson.Default.DictionaryStringString) ?? JobSpec.NoLabels,
        Priority = (int)columns.Int64(),
        CreatedAt = columns.Time() ?? default,
        RunAt = columns.Time() ?? default,
        MaxAttempts = (int)columns.Int64(),
        Timeout = columns.Span(),
        StartDeadlineAt = columns.Time(),
        Ttl = columns.Span() ?? default,
        Idempotent = columns.Bool(),
        IdempotencyKey = columns.String(),
        ContentHash = columns.Bytes(),
        TraceParent = columns.String(),
        RetryOf = columns.Guid() is { } retried ? new JobId(retried) : null,
    };

    private static JobState ReadState(ref ColumnReader columns) => new()
    {
        Status = (JobStatus)columns.Int64(),
        RunAt = columns.Time() ?? default,
        StartedAt = columns.Time(),
        FinishedAt = columns.Time(),
        UpdatedAt = columns.Time() ?? default,
        ExpiresAt = columns.Time(),
        Expired = columns.Bool(),
        Attempt = (int)columns.Int64(),
        AttemptsCounted = (int)columns.Int64(),
        Fence = columns.Int64(),
        Owner = ReadOwner(ref columns),
        EffectsBegun = columns.Bool(),
        Commit = columns.Json(StoredJson.Default.CommitIntent),
        FinishId = columns.Guid(),
        Cancel = columns.Json(StoredJson.Default.CancelEvidence),
        Error = columns.Json(StoredJson.Default.JobError),
        Result = columns.Json(StoredJson.Default.ResultManifest),
        Version = columns.Int64(),
        EventCount = columns.Int64(),
    };

    private static NodeEpoch? ReadOwner(ref ColumnReader columns)
    {
        var (name, epoch) = (columns.String(), columns.NullableInt64());
        return name is null ? null : new NodeEpoch(name, epoch ?? 0);
    }

    private static JobProgress? ReadProgress(ref ColumnReader columns)
    {
        if (columns.NullableInt64() is not { } number) return null;
        return new JobProgress
        {
            Number = number,
            Fraction = columns.Double(),
            Message = columns.String(),
            Phase = (JobPhase?)columns.NullableInt64(),
            Counters = columns.Json(StoredJson.Default.DictionaryStringInt64) ?? JobProgress.NoCounters,
            LogBytes = columns.Int64(),
        };
    }

    private static string? NullIfEmpty(string? text) => text is "" ? null : text;
}
