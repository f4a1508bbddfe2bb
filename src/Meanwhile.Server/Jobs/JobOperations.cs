using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Server.Events;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Jobs;

/// <summary>Looking at jobs, stopping them, and doing them again.</summary>
internal static class JobOperations
{
    private const int CancelsMax = 1_000;

    private static readonly Answer JobAnswer = new(StatusCodes.Status200OK, "The job.", ContractsJson.Wire.JobResource);

    private static readonly QueryParameter[] ListQuery =
    [
        new("status", "string", "Any of these statuses, and 'scheduled'; repeated or joined by commas.", IsList: true),
        new("tool", "string", "This tool."),
        new("source", "string", "This source."),
        new("label", "string", "name:value; all that are given.", IsList: true),
        new("submitted_by", "string", "This key."),
        new("trace_id", "string", "This trace: 32 hex digits."),
        new("created_from", "string", "Created at or after."),
        new("created_before", "string", "Created before."),
        new("duration_min", "number", "Ran for at least so many seconds."),
        new("duration_max", "number", "Ran for at most so many seconds."),
        new("q", "string", "Words in the statement or the error."),
        .. Paging.Parameters,
    ];

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/jobs", "list_jobs", "Lists jobs, newest first.", ListAsync)
        {
            Query = ListQuery,
            Answers = [new(StatusCodes.Status200OK, "A page of jobs.", ContractsJson.Wire.JobList)],
        },
        new("GET", "/v1/jobs/{id}", "get_job", "Shows a job; can wait for it to change, or to end.", GetAsync)
        {
            Query = [new("wait", "number", "Wait so many seconds (up to 60) for a change since If-None-Match, or without that for the ending.")],
            Headers = [new("If-None-Match", "string", "The ETag of what the caller has.")],
            Answers = [JobAnswer, new(StatusCodes.Status304NotModified, "Nothing has changed.")],
        },
        new("DELETE", "/v1/jobs/{id}", "cancel_job", "Asks for a job to be stopped; of an ended job the answer is its ending.", CancelAsync)
        {
            Answers = [JobAnswer, new(StatusCodes.Status202Accepted, "The wish is stored; the work is being stopped.", ContractsJson.Wire.JobResource)],
        },
        new("POST", "/v1/jobs/cancel", "cancel_jobs", "Asks for up to 1,000 jobs to be stopped.", CancelManyAsync)
        {
            Body = ContractsJson.Requests.CancelSubmission,
            Answers = [new(StatusCodes.Status200OK, "What became of each, in order.", ContractsJson.Wire.CancelList)],
        },
        new("POST", "/v1/jobs/{id}/retry", "retry_job", "Submits an ended job's work again, as a new job.", RetryAsync)
        {
            MakesJobs = true,
            Answers = [new(StatusCodes.Status202Accepted, "The new job.", ContractsJson.Wire.JobResource)],
        },
        new("GET", "/v1/jobs/{id}/attempts", "list_attempts", "A job's attempts, oldest first.", AttemptsAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "The attempts.", ContractsJson.Wire.AttemptList)],
        },
        new("GET", "/v1/jobs/{id}/log", "read_log", "An attempt's log, as text.", LogAsync)
        {
            Query = [new("attempt", "integer", "The attempt, from 1; default the newest.")],
            Answers = [new(StatusCodes.Status200OK, "The log.", null, "text/plain")],
        },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var query = exchange.Query;
        var page = await exchange.Jobs.ListAsync(
            new JobQuery
            {
                Statuses = query.Words("status"),
                Tool = query.Text("tool"),
                Source = query.Text("source"),
                Labels = Labels(query.Texts("label")),
                SubmittedBy = query.Text("submitted_by"),
                TraceId = query.Text("trace_id"),
                CreatedFrom = query.Time("created_from"),
                CreatedBefore = query.Time("created_before"),
                DurationSecondsMin = query.Number("duration_min", 0, double.MaxValue),
                DurationSecondsMax = query.Number("duration_max", 0, double.MaxValue),
                Words = query.Text("q"),
            },
            Paging.Cursor(query),
            Paging.Limit(query),
            exchange.Aborted);
        var now = exchange.Now;
        await exchange.AnswerLongAsync(Paging.ToResource(page, job => job.ToResource(now)), ContractsJson.Wire.JobList);
    }

    private static async Task GetAsync(Exchange exchange)
    {
        var id = exchange.Route("id");
        var seen = SeenTag(exchange.Header("If-None-Match"));
        var wait = exchange.Query.Wait("wait");
        var job = wait > TimeSpan.Zero
            ? await exchange.WaitAsync(token => exchange.Jobs.WaitAsync(id, seen, wait, token), token => exchange.Jobs.GetAsync(id, token))
            : await exchange.Jobs.GetAsync(id, exchange.Aborted);
        if (seen is null || job.ETag != seen)
        {
            await JobAnswers.AnswerAsync(exchange, job, StatusCodes.Status200OK);
            return;
        }

        JobAnswers.SetHeaders(exchange, job);
        await exchange.AnswerNothingAsync(StatusCodes.Status304NotModified);
    }

    private static async Task CancelAsync(Exchange exchange)
    {
        var job = await exchange.Jobs.CancelAsync(exchange.Route("id"), CancellationToken.None);
        await JobAnswers.AnswerAsync(exchange, job, job.Status.IsFinal ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static async Task CancelManyAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.CancelSubmission);
        if (submission.JobIds is not { } ids) throw Refusals.Field("job_ids", $"is missing; 1 to {CancelsMax} ids are accepted");
        if (ids.Count is 0 or > CancelsMax) throw Refusals.Field("job_ids", $"has {ids.Count} ids; 1 to {CancelsMax} are accepted");
        if (ids.Contains(null!)) throw Refusals.Field($"job_ids[{ids.TakeWhile(id => id is not null).Count()}]", "is null; an id is accepted");

        var answers = await exchange.Jobs.CancelAsync(ids, CancellationToken.None);
        var now = exchange.Now;
        var items = ids.Select((id, i) => new CancelItemResource
        {
            JobId = id,
            Job = answers[i].Job?.ToResource(now),
            Problem = answers[i].Refused?.ToResource(),
        });
        await exchange.AnswerLongAsync(new ListResource<CancelItemResource> { Items = [.. items] }, ContractsJson.Wire.CancelList);
    }

    private static async Task RetryAsync(Exchange exchange)
    {
        exchange.RefuseHeader(HeaderNames.IdempotencyKey, "a retry makes a new job each time; to send it again safely, submit the work anew with POST /v1/jobs and this header");
        var job = await exchange.Jobs.RetryAsync(exchange.Route("id"), CancellationToken.None);
        exchange.Context.Response.Headers.Location = JobAnswers.AddressOf(exchange, job);
        await JobAnswers.AnswerAsync(exchange, job, StatusCodes.Status202Accepted);
    }

    private static async Task AttemptsAsync(Exchange exchange)
    {
        var attempts = await exchange.Jobs.AttemptsAsync(exchange.Route("id"), exchange.Aborted);
        var items = attempts.Select(attempt => new AttemptResource
        {
            Attempt = attempt.Ordinal,
            Node = attempt.Node,
            StartedAt = attempt.StartedAt,
            EndedAt = attempt.EndedAt,
            Outcome = attempt.Outcome,
            Error = attempt.Error?.ToResource(),
        });
        await exchange.AnswerLongAsync(new ListResource<AttemptResource> { Items = [.. items] }, ContractsJson.Wire.AttemptList);
    }

    private static async Task LogAsync(Exchange exchange)
    {
        await using var log = await exchange.Jobs.OpenLogAsync(exchange.Route("id"), exchange.Query.Int("attempt", 1, int.MaxValue), exchange.Aborted);
        exchange.Context.Response.ContentType = "text/plain; charset=utf-8";
        await log.CopyToAsync(exchange.Context.Response.Body, exchange.Aborted);
    }

    private static Dictionary<string, string> Labels(IReadOnlyList<string> pairs)
    {
        Dictionary<string, string> labels = [];
        foreach (var pair in pairs)
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !labels.TryAdd(pair[..colon], pair[(colon + 1)..])) throw Refusals.Field("label", $"is '{Refusals.Short(pair)}'; name:value is accepted, each name once");
        }

        return labels;
    }

    private static string? SeenTag(string? header)
    {
        var tag = header.AsSpan().Trim();
        if (tag.StartsWith("W/")) tag = tag[2..];
        return tag is ['"', .. var inner, '"'] ? inner.ToString() : tag.IsEmpty ? null : tag.ToString();
    }
}
