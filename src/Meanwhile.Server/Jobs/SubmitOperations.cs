using System.Text.RegularExpressions;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Server.Operations;
using Meanwhile.Server.Results;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Jobs;

/// <summary>Taking work in.</summary>
internal static partial class SubmitOperations
{
    private const int BatchMax = 1_000;
    private const string ParamsPrefix = "params.";

    private static readonly QueryParameter[] SubmitHeaders =
    [
        new(HeaderNames.IdempotencyKey, "string", "The client's name for this submission: the same key with the same content gives the same job."),
        new(HeaderNames.TraceParent, "string", "The W3C trace context to keep with the job."),
    ];

    private static readonly Answer[] SubmitAnswers =
    [
        new(StatusCodes.Status202Accepted, "Accepted, and on stable storage.", ContractsJson.Wire.JobResource),
        new(StatusCodes.Status200OK, "It has ended within the wait, with its first rows inside; or, of a dry run, what was found out.", ContractsJson.Wire.JobResource) { OrJson = ContractsJson.Wire.CheckResource },
    ];

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("POST", "/v1/jobs", "submit_job", "Submits a job.", SubmitJobAsync) { MakesJobs = true, Body = ContractsJson.Requests.JobSubmission, Headers = SubmitHeaders, Answers = SubmitAnswers },
        new("POST", "/v1/queries", "submit_query", "Submits a statement: shorthand for a job of the tool query.", SubmitQueryAsync)
        {
            MakesJobs = true, Body = ContractsJson.Requests.QuerySubmission, Headers = SubmitHeaders, Answers = SubmitAnswers,
        },
        new("POST", "/v1/jobs/batch", "submit_batch", "Submits up to 1,000 jobs; each is accepted or refused by itself.", SubmitBatchAsync)
        {
            MakesJobs = true,
            Body = ContractsJson.Requests.BatchSubmission,
            Answers = [new(StatusCodes.Status200OK, "What became of each, in order.", ContractsJson.Wire.BatchList)],
        },
        new("POST", "/v1/jobs/adopt", "adopt_job", "Reserved: takes on work that was started elsewhere.", _ => throw new ProblemException(ProblemCodes.NotSupported, "Work started elsewhere can't be adopted yet."))
        {
            IgnoresInput = true,
            Answers = [],
        },
    ];

    private static async Task SubmitJobAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.JobSubmission);
        await SubmitAsync(exchange, submission, submission.ToRequest());
    }

    private static async Task SubmitQueryAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.QuerySubmission);
        try
        {
            await SubmitAsync(exchange, submission, submission.ToRequest());
        }
        catch (ProblemException refused) when (refused.Problem.Errors.Count > 0)
        {
            throw new ProblemException(InShorthand(refused.Problem));
        }
    }

    /// <summary>The door speaks of params.sql, but the caller of the shorthand wrote sql.</summary>
    private static Problem InShorthand(Problem problem)
    {
        FieldError[] errors = [.. problem.Errors.Select(error => error.Field.StartsWith(ParamsPrefix, StringComparison.Ordinal) ? error with { Field = error.Field[ParamsPrefix.Length..] } : error)];
        return problem with { Errors = errors, Detail = problem.Detail == FieldErrors.Detail(problem.Errors) ? FieldErrors.Detail(errors) : problem.Detail };
    }

    private static async Task SubmitAsync(Exchange exchange, Submission submission, JobRequest request)
    {
        request = request with { IdempotencyKey = IdempotencyKey(exchange, submission), TraceParent = TraceParent(exchange) };
        var (wait, cancels) = Wait(submission);
        if (submission.DryRun is true)
        {
            var check = await exchange.Jobs.DryRunAsync(request, exchange.Aborted);
            await exchange.AnswerAsync(StatusCodes.Status200OK, check.ToResource(), ContractsJson.Wire.CheckResource);
            return;
        }

        // The caller's going away does not take the submission back: it may be stored already.
        var (job, created) = await exchange.Jobs.SubmitAsync(request, CancellationToken.None);
        if (wait > TimeSpan.Zero) job = await WaitAsync(exchange, job, wait, cancels);
        if (!created) exchange.Context.Response.Headers[HeaderNames.Replayed] = "true";
        exchange.Context.Response.Headers.Location = JobAnswers.AddressOf(exchange, job);
        await JobAnswers.AnswerAsync(exchange, job, job.Status.IsFinal ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static async Task<Job> WaitAsync(Exchange exchange, Job job, TimeSpan wait, bool cancels)
    {
        var id = job.Id.ToString();
        if (!job.Status.IsFinal)
        {
            job = await exchange.WaitAsync(token => exchange.Jobs.WaitAsync(id, null, wait, token), token => exchange.Jobs.GetAsync(id, token));
            if (!job.Status.IsFinal && cancels) job = await exchange.Jobs.CancelAsync(id, CancellationToken.None);
        }

        if (job.Status is not JobStatus.Succeeded || job.Record.State is { Expired: true } or { Result.DefaultStatement: < 0 }) return job;
        return job with { Rows = await exchange.Jobs.ReadResultAsync(id, new ResultRequest { Limit = exchange.Options.InlineRowsMax }, exchange.Aborted) };
    }

    private static (TimeSpan Wait, bool Cancels) Wait(Submission submission)
    {
        if (submission.WaitSeconds is { } seconds && !(seconds is >= 0 and <= QueryReader.WaitSecondsMax)) throw Refusals.Field("wait_seconds", FormattableString.Invariant($"is {seconds}; 0 to {QueryReader.WaitSecondsMax} is accepted"));
        if (submission.OnWaitTimeout is { } word and not ("continue" or "cancel")) throw Refusals.Field("on_wait_timeout", $"is '{Refusals.Short(word)}'; continue or cancel is accepted");
        return (TimeSpan.FromSeconds(submission.WaitSeconds ?? 0), submission.OnWaitTimeout == "cancel");
    }

    private static string? IdempotencyKey(Exchange exchange, Submission submission)
    {
        var header = exchange.Header(HeaderNames.IdempotencyKey);
        return header is null || submission.IdempotencyKey is null || header == submission.IdempotencyKey
            ? header ?? submission.IdempotencyKey
            : throw Refusals.Field("idempotency_key", $"differs from the {HeaderNames.IdempotencyKey} header; give one of them");
    }

    // As W3C says, a context that can't be read is as if it were not there.
    private static string? TraceParent(Exchange exchange) =>
        exchange.Header(HeaderNames.TraceParent) is { } text && TraceParentForm().IsMatch(text) ? text : null;

    private static async Task SubmitBatchAsync(Exchange exchange)
    {
        exchange.RefuseHeader(HeaderNames.IdempotencyKey, "give each job its own idempotency_key");
        var batch = await exchange.ReadAsync(ContractsJson.Requests.BatchSubmission);
        if (batch.Jobs is null) throw Refusals.Field("jobs", $"is missing; 1 to {BatchMax} jobs are accepted");
        if (batch.Jobs.Count is 0 or > BatchMax) throw Refusals.Field("jobs", $"has {batch.Jobs.Count} jobs; 1 to {BatchMax} are accepted");

        var items = new BatchItemResource[batch.Jobs.Count];
        List<(int Index, JobRequest Request)> requests = new(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            try
            {
                requests.Add((i, ItemRequest(batch.Jobs[i]) with { TraceParent = TraceParent(exchange) }));
            }
            catch (ProblemException refused)
            {
                items[i] = new BatchItemResource { Problem = refused.Problem.ToResource() };
            }
        }

        var answers = requests.Count == 0 ? [] : await exchange.Jobs.SubmitAsync([.. requests.Select(pair => pair.Request)], CancellationToken.None);
        for (var i = 0; i < requests.Count; i++)
        {
            items[requests[i].Index] = new BatchItemResource
            {
                Job = answers[i].Accepted?.Job.ToResource(exchange.Now),
                Created = answers[i].Accepted?.Created,
                Problem = answers[i].Refused?.ToResource(),
            };
        }

        await exchange.AnswerLongAsync(new ListResource<BatchItemResource> { Items = items }, ContractsJson.Wire.BatchList);
    }

    private static JobRequest ItemRequest(JobSubmission? submission) => submission switch
    {
        null => throw Refusals.Field("jobs", "has null in place of a job; an object is accepted"),
        { WaitSeconds: > 0 } => throw Refusals.Field("wait_seconds", "is given, but a batch is not waited for"),
        { DryRun: true } => throw Refusals.Field("dry_run", "is given, but a batch is not checked only; send the job by itself"),
        _ => submission.ToRequest(),
    };

    [GeneratedRegex("^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]
    private static partial Regex TraceParentForm();
}
