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
    public ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Submissions.SubmitAsync(request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Submissions.SubmitAsync(requests, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Submissions.DryRunAsync(request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Reading.GetAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Reading.WaitAsync(job, etag, atMost, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Reading.ListAsync(query, cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Cancellation.CancelAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Job?>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Cancellation.CancelAsync(jobs, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Submissions.RetryAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Results.ReadAsync(job, request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Results.ExportAsync(job, request, format, destination, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Results.OpenPartitionAsync(job, statement, partition, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Events.AttemptsAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Results.OpenLogAsync(job, attempt, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken) =>
        StoreOutage.Told(services.Events.ReadAsync(job, query, caller, cancellationToken));
}
