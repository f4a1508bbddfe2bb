using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Workers;

namespace Meanwhile.Client;

/// <summary>What workers are told and tell, on the wire.</summary>
internal static class WorkerMapping
{
    extension(WorkerJobResource job)
    {
        public WorkerJob ToJob() => new()
        {
            Fence = new AttemptFence(IdOf(job.JobId), job.Attempt, job.Fence),
            ShortId = job.ShortId,
            Project = job.Project,
            Tool = job.Tool,
            Params = job.Params.ToString(),
            Checkpoint = job.Checkpoint?.ToString(),
            Timeout = job.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            MaxAttempts = job.MaxAttempts,
            Labels = job.Labels ?? JobSpec.NoLabels,
            TraceParent = job.Traceparent,
        };
    }

    extension(StoppedAttemptResource stop)
    {
        public StoppedAttempt ToStop() => new(
            new AttemptFence(IdOf(stop.JobId), stop.Attempt, stop.Fence),
            WorkerStops.FromWord(stop.Reason) ?? WorkerStop.Canceled); // a reason that is newer than this client is one to stop all the same
    }

    extension(WorkerFinish finish)
    {
        public WorkerFinishSubmission ToSubmission(AttemptFence attempt) => new()
        {
            Attempt = attempt.Attempt,
            Fence = attempt.Fence,
            FinishId = finish.FinishId?.ToString("D"),
            Outcome = finish.Outcome.Word,
            Summary = finish.Summary is { } summary ? JsonElement.Parse(summary) : null,
            Error = finish.Error is not { } error ? null : new FailureSubmission
            {
                Type = error.Type.Word,
                Code = error.Code,
                Message = error.Message,
                Retryable = error.Retryable,
                Hint = error.Hint,
                RetryAfterSeconds = error.RetryAfter?.TotalSeconds,
            },
            DelaySeconds = finish.Delay?.TotalSeconds,
            Reason = finish.Reason,
        };
    }

    private static JobId IdOf(string text) => JobId.TryParse(text, out var id) ? id : throw new JsonException($"The server's '{text}' is no job's id.");
}
