using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Server.Operations;

namespace Meanwhile.Server.Jobs;

/// <summary>Answers that are a job.</summary>
internal static class JobAnswers
{
    /// <summary>A job's address.</summary>
    public static string AddressOf(Exchange exchange, Job job) => $"{exchange.Context.Request.PathBase}/v1/jobs/{job.Id}";

    /// <summary>The job's ETag as a header has it.</summary>
    public static string TagOf(Job job) => $"\"{job.ETag}\"";

    /// <summary>Answers with a job, and says when to ask again while it lives.</summary>
    public static Task AnswerAsync(Exchange exchange, Job job, int status)
    {
        SetHeaders(exchange, job);
        var resource = job.ToResource(exchange.Now);
        return job.Rows is null
            ? exchange.AnswerAsync(status, resource, ContractsJson.Wire.JobResource)
            : exchange.AnswerLongAsync(resource, ContractsJson.Wire.JobResource);
    }

    /// <summary>The headers of every answer that is about one job.</summary>
    public static void SetHeaders(Exchange exchange, Job job)
    {
        exchange.Context.Response.Headers.ETag = TagOf(job);
        if (PollPace.Of(job.Record.State, job.Record.Spec.CreatedAt, exchange.Now) is { } pause) exchange.Context.Response.Headers.RetryAfter = RetryAfter.Seconds(pause);
    }
}
