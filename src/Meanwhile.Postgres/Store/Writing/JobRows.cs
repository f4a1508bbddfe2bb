using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Results;
using Npgsql;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Makes jobs of the rows that <see cref="Sql.JobSql.ById"/> and its like give.</summary>
internal static class JobRows
{
    /// <summary>The job in the current row.</summary>
    public static JobRecord Read(NpgsqlDataReader row)
    {
        var columns = new Columns(row);
        var (id, sequence) = (new JobId(columns.Uuid()), columns.Long());
        var spec = ReadSpec(id, ref columns);
        var state = ReadState(ref columns);
        var progress = ReadProgress(ref columns);
        return new JobRecord(sequence, spec, ReadEnding(state, ref columns), progress);
    }

    private static JobSpec ReadSpec(JobId id, ref Columns columns) => new() // initializers run in the order of the columns
    {
        Id = id,
        Project = columns.Text(),
        SubmittedBy = columns.Text(),
        Tool = columns.Text(),
        Source = NullIfEmpty(columns.Text()),
        LimitKey = NullIfEmpty(columns.Text()),
        Statement = columns.NullableText(),
        Params = columns.NullableText() ?? "{}",
        Labels = columns.Json(StoredJson.Default.DictionaryStringString) ?? JobSpec.NoLabels,
        Priority = columns.Short(),
        CreatedAt = columns.Time(),
        RunAt = columns.Time(),
        MaxAttempts = columns.Int(),
        Timeout = columns.NullableSpan(),
        StartDeadlineAt = columns.NullableTime(),
        Ttl = columns.NullableSpan() ?? default,
        Idempotent = columns.Bool(),
        IdempotencyKey = columns.NullableText(),
        ContentHash = columns.NullableBytes(),
        TraceParent = columns.NullableText(),
        RetryOf = columns.NullableUuid() is { } retried ? new JobId(retried) : null,
    };

    private static JobState ReadState(ref Columns columns) => new()
    {
        Status = (JobStatus)columns.Short(),
        RunAt = columns.Time(),
        StartedAt = columns.NullableTime(),
        UpdatedAt = columns.Time(),
        Attempt = columns.Int(),
        AttemptsCounted = columns.Int(),
        Fence = columns.Long(),
        EffectsBegun = columns.Bool(),
        Commit = columns.Json(StoredJson.Default.CommitIntent),
        FinishId = columns.NullableUuid(),
        Cancel = columns.Json(StoredJson.Default.CancelEvidence),
        Error = columns.Json(StoredJson.Default.JobError),
        Version = columns.Long(),
        EventCount = columns.Long(),
    };

    private static JobProgress? ReadProgress(ref Columns columns)
    {
        var number = columns.NullableLong();
        var progress = new JobProgress
        {
            Number = number ?? 0,
            Fraction = columns.NullableDouble(),
            Message = columns.NullableText(),
            Phase = (JobPhase?)columns.NullableShort(),
            Counters = columns.Json(StoredJson.Default.DictionaryStringInt64) ?? JobProgress.NoCounters,
            LogBytes = columns.NullableLong() ?? 0,
        };
        return number is null ? null : progress;
    }

    private static JobState ReadEnding(JobState state, ref Columns columns)
    {
        var (name, epoch) = (columns.NullableText(), columns.NullableLong());
        return state with
        {
            Owner = name is null ? null : new NodeEpoch(name, epoch ?? 0),
            FinishedAt = columns.NullableTime(),
            ExpiresAt = columns.NullableTime(),
            Expired = columns.Bool(),
            Result = columns.Json(StoredJson.Default.ResultManifest),
        };
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
