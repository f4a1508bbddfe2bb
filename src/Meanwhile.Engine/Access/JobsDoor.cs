using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Access;

/// <summary>The parts that the door to jobs is made of; one set serves all callers.</summary>
internal sealed record JobServices(Submissions Submissions, JobReading Reading, Cancellation Cancellation, ResultAccess Results, EventAccess Events);

/// <summary>The door to jobs for one caller.</summary>
/// <remarks>Each method names the permission that it takes, and the parts can't be reached without one.</remarks>
internal sealed class JobsDoor(JobServices services, Caller caller) : IJobs
{
    private JobServices May(Permission permission)
    {
        Permissions.Need(caller, permission);
        return services;
    }

    /// <inheritdoc/>
    public ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.SubmitJobs).Submissions.SubmitAsync(request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.SubmitJobs).Submissions.SubmitAsync(requests, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.SubmitJobs).Submissions.DryRunAsync(request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Reading.GetAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Reading.WaitAsync(job, etag, atMost, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Reading.ListAsync(query, cursor, limit, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.StopOwnJobs).Cancellation.CancelAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CancelItem>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.StopOwnJobs).Cancellation.CancelAsync(jobs, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.StopOwnJobs).Submissions.RetryAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Results.ReadAsync(job, request, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Results.ExportAsync(job, request, format, destination, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Results.OpenPartitionAsync(job, statement, partition, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Events.AttemptsAsync(job, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Results.OpenLogAsync(job, attempt, caller, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken) =>
        StoreOutage.Told(May(Permission.ReadJobs).Events.ReadAsync(job, query, caller, cancellationToken));
}
