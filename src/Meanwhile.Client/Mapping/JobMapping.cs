using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;

namespace Meanwhile.Client;

/// <summary>Jobs as the wire tells them.</summary>
internal static class JobMapping
{
    extension(JobResource job)
    {
        /// <summary>The job; what the wire does not carry is empty.</summary>
        public Job ToJob()
        {
            var (statement, parameters) = Split(job);
            return new Job
            {
                Record = new JobRecord(0, job.ToSpec(statement, parameters), job.ToState(), job.ToProgress()),
                ShortId = job.ShortId,
                PositionInQueue = job.PositionInQueue,
                WaitingReason = job.WaitingReason,
                EstimatedDuration = job.EstimatedDurationMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
                Duration = job.DurationMs is { } ran ? TimeSpan.FromMilliseconds(ran) : null,
                Stale = job.Stale ?? false,
                Rows = job.Result is { Rows: { } rows } result ? result.ToPage(job, rows) : null,
            };
        }

        private JobSpec ToSpec(string? statement, string parameters) => new()
        {
            Id = IdOf(job.JobId),
            Project = job.Project,
            SubmittedBy = job.SubmittedBy,
            Tool = job.Tool,
            Source = job.Source,
            Statement = statement,
            Params = parameters,
            Priority = job.Priority,
            CreatedAt = job.CreatedAt,
            RunAt = job.RunAt,
            MaxAttempts = job.MaxAttempts,
            Timeout = job.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            StartDeadlineAt = job.StartDeadlineAt,
            Ttl = TimeSpan.FromHours(job.TtlHours),
            Idempotent = job.Idempotent ?? false,
            LimitKey = job.LimitKey,
            IdempotencyKey = job.IdempotencyKey,
            Labels = job.Labels ?? JobSpec.NoLabels,
            TraceParent = job.Traceparent,
            RetryOf = job.RetryOf is { } of ? IdOf(of) : null,
        };

        private JobState ToState() => new()
        {
            Status = JobStatuses.FromWord(job.Status) ?? throw Unknown("status", job.Status),
            RunAt = job.RunAt,
            StartedAt = job.StartedAt,
            FinishedAt = job.FinishedAt,
            UpdatedAt = job.UpdatedAt,
            ExpiresAt = job.ExpiresAt,
            Expired = job.Expired ?? false,
            Attempt = job.Attempt,
            AttemptsCounted = job.AttemptsCounted,
            Owner = job.Node is { } node ? new NodeEpoch(node, 0) : null,
            Cancel = job.Cancel?.ToEvidence(),
            Error = job.Error?.ToError(),
            Result = job.Result?.ToManifest(job.Summary?.ToString()),
            Version = job.Version,
        };

        private JobProgress? ToProgress() => job.Progress is not { } progress ? null : new JobProgress
        {
            Fraction = progress.Fraction,
            Message = progress.Message,
            Phase = job.Phase is { } word ? Word(word, Enum.GetValues<JobPhase>(), phase => phase.Word, "phase") : null,
            Counters = progress.Counters ?? JobProgress.NoCounters,
            LogBytes = progress.LogBytes ?? 0,
            Number = progress.Number,
        };
    }

    extension(ErrorResource error)
    {
        /// <summary>The error.</summary>
        public JobError ToError() => new()
        {
            Type = Word(error.Type, Enum.GetValues<ErrorKind>(), kind => kind.Word, "error type"),
            Code = error.Code,
            Message = error.Message,
            Retryable = error.Retryable,
            SourceCode = error.SourceCode,
            SqlState = error.SqlState,
            Position = error.Position,
            Hint = error.Hint,
        };
    }

    extension(CancelResource cancel)
    {
        private CancelEvidence ToEvidence() => new()
        {
            Reason = cancel.Reason switch
            {
                "requested" => CancelReason.Requested,
                "timeout" => CancelReason.Timeout,
                var word => throw Unknown("cancel reason", word),
            },
            RequestedAt = cancel.RequestedAt,
            RequestedBy = cancel.RequestedBy,
            SentAt = cancel.SentAt,
            Answer = cancel.Answer,
            ConfirmedAt = cancel.ConfirmedAt,
            Unconfirmed = cancel.Unconfirmed,
        };
    }

    /// <summary>The value that a word of the wire names.</summary>
    public static T Word<T>(string word, IEnumerable<T> values, Func<T, string> wordOf, string what) where T : struct
    {
        foreach (var value in values)
        {
            if (wordOf(value) == word) return value;
        }

        throw Unknown(what, word);
    }

    /// <summary>A job's id.</summary>
    public static JobId IdOf(string text) => JobId.TryParse(text, out var id) ? id : throw Unknown("job id", text);

    private static JsonException Unknown(string what, string word) => new($"The server's {what} '{word}' is not known here; it may be newer than this client.");

    /// <summary>Takes the statement out from among the parameters, where the store keeps it apart.</summary>
    private static (string? Statement, string Parameters) Split(JobResource job)
    {
        if (job.Params is not { } raw) return (null, "{}");
        if (job.Tool != "query") return (null, raw.ToString());

        using var document = JsonDocument.Parse(raw.Utf8, new JsonDocumentOptions { MaxDepth = ContractsJson.DepthMax });
        if (!document.RootElement.TryGetProperty("sql", out var sql)) return (null, raw.ToString());
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = ContractsJson.Wire.Options.Encoder }))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!property.NameEquals("sql")) property.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return (sql.GetString(), System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
