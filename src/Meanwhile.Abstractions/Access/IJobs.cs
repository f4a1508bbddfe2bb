namespace Meanwhile.Access;

/// <summary>The one door to jobs, bound to a caller: authorisation, validation, redaction and "not found" happen here and nowhere else.</summary>
/// <remarks>
/// A job is named by its id or its short id, in any case. The client implements this over HTTP, so an application can move out of process unchanged.
/// Every refusal is a <see cref="ProblemException"/>. Safe for concurrent use.
/// </remarks>
public interface IJobs
{
    /// <summary>Accepts a job. Once this returns it is on stable storage.</summary>
    ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken);

    /// <summary>Accepts many jobs; each is accepted or refused by itself.</summary>
    /// <param name="requests">1 to 1,000.</param>
    ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken);

    /// <summary>Checks a submission without making a job of it, and where the source can, without running the statement.</summary>
    ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken);

    /// <summary>The job.</summary>
    ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken);

    /// <summary>The job, once it differs from an ETag, or has ended, or the time is over.</summary>
    /// <param name="etag">Null = wait for the ending.</param>
    /// <param name="atMost">Zero to 60 s.</param>
    ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken);

    /// <summary>Jobs, newest first.</summary>
    /// <param name="limit">1 to 1,000; null = 50.</param>
    ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken);

    /// <summary>Asks for a job to be stopped. Of an ended job, and a second time, the same answer: the job.</summary>
    ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken);

    /// <summary>Asks for many jobs to be stopped; each is stopped or refused by itself.</summary>
    /// <param name="jobs">1 to 1,000.</param>
    ValueTask<IReadOnlyList<CancelItem>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken);

    /// <summary>Submits an ended job's work again, as a new job with retry_of.</summary>
    ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken);

    /// <summary>A page of a succeeded job's result.</summary>
    ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken);

    /// <summary>Writes rows of a succeeded job's result to a stream in constant memory: NDJSON or CSV, or one JSON array of rows.</summary>
    ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken);

    /// <summary>A stored partition of a statement's result, as it lies there.</summary>
    /// <param name="statement">Null = the last with columns.</param>
    /// <param name="partition">From 0.</param>
    ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken);

    /// <summary>The job's attempts, oldest first.</summary>
    ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken);

    /// <summary>An attempt's log: text, a line each.</summary>
    /// <param name="attempt">Null = the newest.</param>
    ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken);

    /// <summary>Events of one job, or of all of the project's that the caller may see.</summary>
    /// <param name="job">Null = all.</param>
    ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken);
}
