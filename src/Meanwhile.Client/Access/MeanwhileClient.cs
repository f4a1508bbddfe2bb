using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Registry;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Nodes;

namespace Meanwhile.Client;

/// <summary>A server's door over HTTP, bound to a key: what an application that embeds the engine calls in process, it calls here unchanged.</summary>
/// <remarks>
/// Safe for concurrent use. Every refusal is a <see cref="Problems.ProblemException"/>; when the server can't be reached,
/// after the tries that the options allow, it has the code <c>unavailable</c>. Requests that are safe to repeat are tried again; a submission only under an idempotency key.
/// What the wire does not carry is empty in the answers: a job's sequence, fence and finish id, and the places of stored partitions.
/// </remarks>
public sealed class MeanwhileClient : IJobs, IAdministration, IDisposable
{
    /// <summary>A client with connections of its own.</summary>
    public MeanwhileClient(Uri server, string key, string? project = null)
        : this(new MeanwhileClientOptions { Server = server, Key = key, Project = project })
    {
    }

    /// <summary>A client over a given <see cref="HttpClient"/>, which stays the caller's.</summary>
    /// <param name="http">Null = connections of its own.</param>
    public MeanwhileClient(MeanwhileClientOptions options, HttpClient? http = null) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Caller Caller => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Job?>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Page<ProjectInfo>> ListProjectsAsync(string? cursor, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<ProjectInfo> GetProjectAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<ProjectInfo> PutProjectAsync(string name, string? displayName, double? weight, bool create, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Page<KeyInfo>> ListKeysAsync(string? cursor, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<NewKey> CreateKeyAsync(KeyRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<KeyInfo> RevokeKeyAsync(string id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Page<SourceInfo>> ListSourcesAsync(string? cursor, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<SourceInfo> GetSourceAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<SourceInfo> PutSourceAsync(SourceRequest request, bool create, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DeleteSourceAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<SourceProbe> ProbeSourceAsync(string name, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Page<LimitInfo>> ListLimitsAsync(string? cursor, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<LimitInfo> GetLimitAsync(string key, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<LimitInfo> PutLimitAsync(string key, int max, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DeleteLimitAsync(string key, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Page<AuditEntry>> ReadAuditAsync(string? action, bool allProjects, string? cursor, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Stats> StatsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> ListNodesAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
