using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Access;

/// <summary>The parts that the door to jobs is made of; one set serves all callers.</summary>
internal sealed record JobServices(Submissions Submissions, JobReading Reading, Cancellation Cancellation, ResultAccess Results, EventAccess Events);

/// <summary>The door to jobs for one caller.</summary>
internal sealed class JobsDoor(JobServices services, Caller caller) : IJobs
{
    /// <inheritdoc/>
    public ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken) => services.Submissions.SubmitAsync(request, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken) =>
        services.Submissions.SubmitAsync(requests, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken) => services.Submissions.DryRunAsync(request, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken) => services.Reading.GetAsync(job, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken) =>
        services.Reading.WaitAsync(job, etag, atMost, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken) =>
        services.Reading.ListAsync(query, cursor, limit, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken) => services.Cancellation.CancelAsync(job, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Job?>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken) =>
        services.Cancellation.CancelAsync(jobs, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken) => services.Submissions.RetryAsync(job, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken) =>
        services.Results.ReadAsync(job, request, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken) =>
        services.Results.ExportAsync(job, request, format, destination, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken) =>
        services.Results.OpenPartitionAsync(job, statement, partition, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken) => services.Events.AttemptsAsync(job, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken) => services.Results.OpenLogAsync(job, attempt, caller, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken) => services.Events.ReadAsync(job, query, caller, cancellationToken);
}
