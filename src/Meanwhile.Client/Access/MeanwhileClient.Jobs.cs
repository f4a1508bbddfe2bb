using System.Globalization;
using System.Net;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Client;

/// <content>The door to jobs.</content>
public sealed partial class MeanwhileClient
{
    private const string JobsPath = "v1/jobs";

    /// <inheritdoc/>
    public async ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Post, JobsPath, Submissions.Of(request), ContractsJson.Wire.JobSubmission, request.IdempotencyKey is not null) with { Headers = Submissions.HeadersOf(request) };
        using var response = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        var job = await Transport.ReadAsync(response, ContractsJson.Wire.JobResource, cancellationToken).ConfigureAwait(false);
        return new Accepted(job.ToJob(), Created: !response.Headers.Contains(HeaderNames.Replayed));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken)
    {
        var batch = new BatchSubmission { Jobs = [.. requests.Select(Submissions.Of)] };
        var call = Call.With(HttpMethod.Post, $"{JobsPath}/batch", batch, ContractsJson.Wire.BatchSubmission, requests.All(request => request.IdempotencyKey is not null));
        if (requests.Count > 0) call = call with { Headers = Submissions.HeadersOf(requests[0]) };
        var answers = await _transport.ReadAsync(call, ContractsJson.Wire.BatchList, cancellationToken).ConfigureAwait(false);
        return
        [
            .. answers.Items.Select(item => new BatchItem(
                item.Job is { } job ? new Accepted(job.ToJob(), item.Created ?? true) : null,
                item.Problem is { } problem ? ProblemReading.Of(problem) : null)),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Post, JobsPath, Submissions.Of(request) with { DryRun = true }, ContractsJson.Wire.JobSubmission, isRepeatable: true);
        return (await _transport.ReadAsync(call, ContractsJson.Wire.CheckResource, cancellationToken).ConfigureAwait(false)).ToCheck();
    }

    /// <inheritdoc/>
    public ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken) => JobAsync(Call.Get(JobAddress(job)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var call = Call.Get(Address.Of("jobs", job).With("wait", (double?)atMost.TotalSeconds).ToString()) with
        {
            Wait = atMost,
            Headers = etag is null ? [] : [("If-None-Match", $"\"{etag}\"")],
        };
        using var response = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return response.StatusCode is HttpStatusCode.NotModified
            ? await GetAsync(job, cancellationToken).ConfigureAwait(false)
            : (await Transport.ReadAsync(response, ContractsJson.Wire.JobResource, cancellationToken).ConfigureAwait(false)).ToJob();
    }

    /// <inheritdoc/>
    public async ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        var address = Address.Of("jobs")
            .With("status", query.Statuses)
            .With("tool", query.Tool)
            .With("source", query.Source)
            .With("submitted_by", query.SubmittedBy)
            .With("trace_id", query.TraceId)
            .With("created_from", query.CreatedFrom)
            .With("created_before", query.CreatedBefore)
            .With("duration_min", query.DurationSecondsMin)
            .With("duration_max", query.DurationSecondsMax)
            .With("q", query.Words);
        foreach (var (name, value) in query.Labels) address.With("label", $"{name}:{value}");
        var page = await _transport.ReadAsync(Call.Get(Paged(address, cursor, limit)), ContractsJson.Wire.JobList, cancellationToken).ConfigureAwait(false);
        return page.ToPage(job => job.ToJob());
    }

    /// <inheritdoc/>
    public ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken) =>
        JobAsync(new Call(HttpMethod.Delete, JobAddress(job), IsRepeatable: true), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<CancelItem>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken)
    {
        var call = Call.With(HttpMethod.Post, $"{JobsPath}/cancel", new CancelSubmission { JobIds = jobs }, ContractsJson.Wire.CancelSubmission, isRepeatable: true);
        var answers = await _transport.ReadAsync(call, ContractsJson.Wire.CancelList, cancellationToken).ConfigureAwait(false);
        return [.. answers.Items.Select(item => new CancelItem(item.Job?.ToJob(), item.Problem is { } problem ? ProblemReading.Of(problem) : null))];
    }

    /// <inheritdoc/>
    public ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken) =>
        JobAsync(new Call(HttpMethod.Post, JobAddress(job, "/retry"), IsRepeatable: false), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(Call.Get(ResultAddress(job, request, null)), ContractsJson.Wire.ResultPageResource, cancellationToken).ConfigureAwait(false)).ToPage();

    /// <inheritdoc/>
    public async ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken)
    {
        var word = format is ResultFormat.Csv ? "csv" : "ndjson";
        using var response = await _transport.SendAsync(Call.Get(ResultAddress(job, request, word)), cancellationToken).ConfigureAwait(false);
        var body = await Transport.DecodedAsync(response, cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var copy = format is ResultFormat.Json ? RowArray.CopyAsync(body, destination, cancellationToken) : body.CopyToAsync(destination, cancellationToken);
            await copy.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken)
    {
        var address = Address.Of("jobs", job, string.Create(CultureInfo.InvariantCulture, $"/result/partitions/{partition}")).With("statement", statement);
        var response = await _transport.SendAsync(Call.Get(address.ToString()), cancellationToken).ConfigureAwait(false);
        var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return PartitionReading.Of(response, content);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken)
    {
        var attempts = await _transport.ReadAsync(Call.Get(JobAddress(job, "/attempts")), ContractsJson.Wire.AttemptList, cancellationToken).ConfigureAwait(false);
        return [.. attempts.Items.Select(item => new AttemptInfo(item.Attempt, item.Node, item.StartedAt, item.EndedAt, item.Outcome, item.Error?.ToError()))];
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken)
    {
        var response = await _transport.SendAsync(Call.Get(Address.Of("jobs", job, "/log").With("attempt", attempt).ToString()), cancellationToken).ConfigureAwait(false);
        return await Transport.DecodedAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken)
    {
        var address = job is null ? Address.Of("events") : Address.Of("jobs", job, "/events");
        address.With("kind", query.Kinds).With("wait", query.Wait > TimeSpan.Zero ? query.Wait.TotalSeconds : null as double?);
        var call = Call.Get(Paged(address, query.Cursor, query.Limit)) with { Wait = query.Wait };
        var page = await _transport.ReadAsync(call, ContractsJson.Wire.EventList, cancellationToken).ConfigureAwait(false);
        return new EventPage([.. page.Items.Select(item => item.ToView())], page.NextCursor ?? throw new ProblemException(ProblemCodes.Internal, "The server's page of events has no cursor."));
    }

    private async ValueTask<Job> JobAsync(Call call, CancellationToken cancellationToken) =>
        (await _transport.ReadAsync(call, ContractsJson.Wire.JobResource, cancellationToken).ConfigureAwait(false)).ToJob();

    private static string JobAddress(string job, string? rest = null) => Address.Of("jobs", job, rest).ToString();

    private static string Paged(Address address, string? cursor, int? limit) => address.With("limit", limit).With("cursor", cursor).ToString();

    private static string ResultAddress(string job, ResultRequest request, string? format) =>
        Address.Of("jobs", job, "/result")
            .With("format", format)
            .With("statement", request.Statement)
            .With("offset", request.Cursor is null && request.Offset != 0 ? request.Offset : null as long?)
            .With("limit", request.Limit)
            .With("cursor", request.Cursor)
            .With("rows", request.Rows is RowShape.Objects ? "objects" : null)
            .With("numbers", request.Numbers is NumberShape.Strings ? "string" : null)
            .ToString();
}
