using System.Text.Encodings.Web;
using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Server.Results;

namespace Meanwhile.Server.Jobs;

/// <summary>Jobs on the wire.</summary>
internal static class JobMapping
{
    extension(Job job)
    {
        /// <summary>The job as it is answered.</summary>
        public JobResource ToResource(DateTimeOffset now)
        {
            var (spec, state, progress) = (job.Record.Spec, job.Record.State, job.Record.Progress);
            var isRunning = state.Status is JobStatus.Running;
            return new JobResource
            {
                JobId = job.Id.ToString(),
                ShortId = job.ShortId,
                Project = spec.Project,
                SubmittedBy = spec.SubmittedBy,
                Tool = spec.Tool,
                Source = spec.Source,
                Params = state.Expired ? null : ParamsOf(spec),
                Status = state.Status.Word,
                Phase = isRunning ? progress?.Phase?.Word : null,
                Priority = spec.Priority,
                RunAt = state.RunAt,
                CreatedAt = spec.CreatedAt,
                StartedAt = state.StartedAt,
                FinishedAt = state.FinishedAt,
                UpdatedAt = state.UpdatedAt,
                DurationMs = (long?)job.Duration?.TotalMilliseconds,
                ExpiresAt = state.ExpiresAt,
                Expired = state.Expired ? true : null,
                Attempt = state.Attempt,
                AttemptsCounted = state.AttemptsCounted,
                MaxAttempts = spec.MaxAttempts,
                TimeoutSeconds = spec.Timeout?.TotalSeconds,
                TtlHours = spec.Ttl.TotalHours,
                StartDeadlineAt = spec.StartDeadlineAt,
                Progress = progress?.ToResource(),
                PositionInQueue = job.PositionInQueue,
                EstimatedDurationMs = (long?)job.EstimatedDuration?.TotalMilliseconds,
                WaitingReason = job.WaitingReason,
                Result = state.Result?.ToResource(job.Rows),
                Summary = state.Result?.Summary is { } summary ? RawJson.Of(summary) : null,
                Error = state.Error?.ToResource(),
                Cancel = state.Cancel?.ToResource(),
                IdempotencyKey = spec.IdempotencyKey,
                LimitKey = spec.LimitKey,
                Idempotent = spec.Idempotent ? true : null,
                Labels = spec.Labels.Count == 0 ? null : spec.Labels,
                RetryOf = spec.RetryOf?.ToString(),
                TraceId = spec.TraceId,
                Traceparent = spec.TraceParent,
                Node = state.Owner?.Node,
                Version = state.Version,
                Etag = job.ETag,
                Stale = job.Stale ? true : null,
                PollAfterMs = (int?)PollPace.Of(state, spec.CreatedAt, now)?.TotalMilliseconds,
            };
        }
    }

    extension(JobError error)
    {
        /// <summary>The error as it is answered.</summary>
        public ErrorResource ToResource() => new()
        {
            Type = error.Type.Word,
            Code = error.Code,
            Message = error.Message,
            Retryable = error.Retryable,
            SourceCode = error.SourceCode,
            SqlState = error.SqlState,
            Position = error.Position,
            Hint = error.Hint,
        };
    }

    extension(JobProgress progress)
    {
        private ProgressResource ToResource() => new()
        {
            Fraction = progress.Fraction,
            Message = progress.Message,
            Counters = progress.Counters.Count == 0 ? null : progress.Counters,
            LogBytes = progress.LogBytes == 0 ? null : progress.LogBytes,
            Number = progress.Number,
        };
    }

    extension(CancelEvidence evidence)
    {
        private CancelResource ToResource() => new()
        {
            Reason = evidence.Reason switch
            {
                CancelReason.Requested => "requested",
                CancelReason.Timeout => "timeout",
            },
            RequestedAt = evidence.RequestedAt,
            RequestedBy = evidence.RequestedBy,
            SentAt = evidence.SentAt,
            Answer = evidence.Answer,
            Confirmed = evidence.ConfirmedAt is not null,
            ConfirmedAt = evidence.ConfirmedAt,
            Unconfirmed = evidence.Unconfirmed,
        };
    }

    /// <summary>The parameters with the statement back among them, as they were submitted.</summary>
    private static RawJson ParamsOf(JobSpec spec)
    {
        if (spec.Statement is not { } statement) return RawJson.Of(spec.Params);
        var rest = spec.Params.AsSpan().Trim();
        var isAlone = rest[1..].TrimStart() is ['}'];
        return RawJson.Of($"{{\"sql\":\"{JsonEncodedText.Encode(statement, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"{(isAlone ? "}" : ",")}{(isAlone ? "" : rest[1..])}");
    }
}
