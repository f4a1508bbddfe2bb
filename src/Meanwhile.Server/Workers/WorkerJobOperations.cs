using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Server.Operations;
using Meanwhile.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Meanwhile.Server.Workers;

/// <summary>What a worker tells of an attempt that it holds.</summary>
internal static class WorkerJobOperations
{
    private const string RowsType = "application/x-ndjson";

    private static readonly Answer NewsAnswer = new(StatusCodes.Status200OK, "It is stored; whether the attempt is to stop.", ContractsJson.Wire.WorkerNewsResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("POST", "/v1/worker/jobs/{id}/progress", "report_progress", "Says how far an attempt is.", ProgressAsync) { Body = ContractsJson.Requests.WorkerProgressSubmission, Answers = [NewsAnswer] },
        new("POST", "/v1/worker/jobs/{id}/log", "append_log", "Adds lines to an attempt's log.", LogAsync) { Body = ContractsJson.Requests.WorkerLogSubmission, Answers = [NewsAnswer] },
        new("POST", "/v1/worker/jobs/{id}/checkpoint", "save_checkpoint", "Saves what the next attempt can go on from.", CheckpointAsync) { Body = ContractsJson.Requests.WorkerCheckpointSubmission, Answers = [NewsAnswer] },
        new("POST", "/v1/worker/jobs/{id}/finish", "finish_attempt", "Says how an attempt ended. As application/x-ndjson the body is this object with columns on the first line, and a row, a JSON array, on each that follows.", FinishAsync)
        {
            Body = ContractsJson.Requests.WorkerFinishSubmission,
            Answers = [new(StatusCodes.Status200OK, "It is stored, now or when the same finish came before.", ContractsJson.Wire.FinishedResource)],
        },
    ];

    /// <summary>The attempt that a body names.</summary>
    /// <param name="path">What stands before the fields' names.</param>
    public static AttemptFence Fence(JobId job, int? attempt, long? fence, string path = "")
    {
        List<FieldError> errors = [];
        if (attempt is null) errors.Add(new FieldError($"{path}attempt", "is missing; it came with the job"));
        if (fence is null) errors.Add(new FieldError($"{path}fence", "is missing; it came with the job"));
        return errors.Count == 0 ? new AttemptFence(job, attempt!.Value, fence!.Value) : throw Refusals.Fields(errors);
    }

    private static async Task ProgressAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerProgressSubmission);
        var progress = new WorkerProgress { Fraction = submission.Fraction, Message = submission.Message, Counters = submission.Counters ?? JobProgress.NoCounters };
        await AnswerAsync(exchange, await exchange.Workers.ProgressAsync(Fence(Job(exchange), submission.Attempt, submission.Fence), progress, CancellationToken.None));
    }

    private static async Task LogAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerLogSubmission);
        var lines = submission.Lines ?? throw Refusals.Field("lines", "is missing; 1 to 1,000 lines are needed");
        if (lines.Contains(null!)) throw Refusals.Field($"lines[{lines.TakeWhile(line => line is not null).Count()}]", "is null; a text is accepted");
        await AnswerAsync(exchange, await exchange.Workers.LogAsync(Fence(Job(exchange), submission.Attempt, submission.Fence), lines, CancellationToken.None));
    }

    private static async Task CheckpointAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerCheckpointSubmission);
        await AnswerAsync(exchange, await exchange.Workers.CheckpointAsync(Fence(Job(exchange), submission.Attempt, submission.Fence), submission.Checkpoint ?? default, CancellationToken.None));
    }

    private static async Task FinishAsync(Exchange exchange)
    {
        var (job, workers) = (Job(exchange), exchange.Workers);
        var status = HasRows(exchange.Context.Request) ? await FinishWithRowsAsync(exchange, job, workers) : await FinishAsync(exchange, job, workers);
        await exchange.AnswerAsync(StatusCodes.Status200OK, new FinishedResource { JobId = job.ToString(), Status = status.Word }, ContractsJson.Wire.FinishedResource);
    }

    private static async ValueTask<JobStatus> FinishAsync(Exchange exchange, JobId job, IWorkers workers)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerFinishSubmission);
        if (submission.Columns is not null) throw Refusals.Field("columns", $"is given, but rows come as {RowsType}: this object on the first line, a row on each that follows");
        return await workers.FinishAsync(Fence(job, submission.Attempt, submission.Fence), FinishMapping.Of(submission), CancellationToken.None);
    }

    private static async ValueTask<JobStatus> FinishWithRowsAsync(Exchange exchange, JobId job, IWorkers workers)
    {
        using var upload = exchange.BeginUpload();
        var lines = new LineReader(exchange.Context.Request.BodyReader, exchange.Options.BodyBytesMax, exchange.Options.UploadIdle, exchange.Time);
        var submission = BodyReader.Parse(await lines.FirstAsync(exchange.Aborted), ContractsJson.Requests.WorkerFinishSubmission);
        if (submission.Columns is not { } columns) throw Refusals.Field("columns", "is missing; rows follow, and what their values are is needed");
        var fence = Fence(job, submission.Attempt, submission.Fence);
        return await workers.FinishAsync(fence, FinishMapping.Of(submission), [.. columns.Select(Column)], lines.RestAsync(exchange.Aborted), exchange.Aborted);
    }

    private static ResultColumn Column(ColumnSubmission? column, int index) => column is { Name: { } name }
        ? new ResultColumn { Name = name, Type = column.Type }
        : throw Refusals.Field($"columns[{index}].name", "is missing; a name is needed");

    private static bool HasRows(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals(RowsType, StringComparison.OrdinalIgnoreCase);

    private static JobId Job(Exchange exchange) =>
        JobId.TryParse(exchange.Route("id"), out var job) ? job : throw Refusals.Field("job_id", $"is '{Refusals.Short(exchange.Route("id"))}'; a job id (a UUID) is accepted");

    private static Task AnswerAsync(Exchange exchange, WorkerNews news) =>
        exchange.AnswerAsync(StatusCodes.Status200OK, new WorkerNewsResource { Stop = news.Stop?.Word }, ContractsJson.Wire.WorkerNewsResource);
}
