using System.Collections.Concurrent;
using System.Text;
using Meanwhile.Access;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Server.Tests.Doubles;

/// <summary>An engine that does what a test tells it: for faults, waits and stops that a real one can't be brought to on demand.</summary>
internal sealed class ScriptedEngine : IMeanwhile
{
    public const string Token = "mw_tester_secret";

    public Readiness Readiness { get; set; } = new([]);

    public int NodeCount { get; set; } = 1;

    public ScriptedJobs Jobs { get; } = new();

    public IJobs As(Caller caller) => Jobs;

    public IAdministration AdministrationAs(Caller caller) => throw new InvalidOperationException("canary-in-an-exception");

    public Meanwhile.Workers.IWorkers WorkersAs(Caller caller) => throw new NotSupportedException();

    public ValueTask<JobStatus> AnswerCallbackAsync(string token, Meanwhile.Workers.WorkerFinish finish, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<Caller?> AuthenticateAsync(string token, string? project, CancellationToken cancellationToken) =>
        ValueTask.FromResult(token == Token && project is null or "default" ? new Caller { Project = "default", Principal = "tester" } : null);
}

/// <summary>A door with jobs in memory; each verb can be replaced.</summary>
internal sealed class ScriptedJobs : IJobs
{
    private readonly ConcurrentDictionary<string, Job> _jobs = new();
    private int _made;

    public List<JobRequest> Requests { get; } = [];

    public Func<JobRequest, Job>? OnSubmit { get; set; }

    public Func<string, CancellationToken, ValueTask<Job>>? OnWait { get; set; }

    public Func<Stream, Task>? OnExport { get; set; }

    public ResultPage? Page { get; set; }

    public List<string> Cancelled { get; } = [];

    /// <summary>Puts a job there.</summary>
    public Job Add(JobStatus status = JobStatus.Pending, Func<JobRecord, JobRecord>? change = null)
    {
        var number = Interlocked.Increment(ref _made);
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var spec = new JobSpec
        {
            Id = new JobId(new Guid(number, 0, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1])), Project = "default", SubmittedBy = "tester", Tool = "query", Source = "s", Statement = "select 'a<b'", CreatedAt = at, RunAt = at,
        };
        var record = new JobRecord(number, spec, JobState.Accepted(spec) with { Status = status }, null);
        var job = new Job { Record = change is null ? record : change(record), ShortId = $"j0000000{number % 10}" };
        Put(job);
        return job;
    }

    public void Put(Job job) => _jobs[job.Id.ToString()] = job;

    public ValueTask<Accepted> SubmitAsync(JobRequest request, CancellationToken cancellationToken)
    {
        lock (Requests) Requests.Add(request);
        return ValueTask.FromResult(new Accepted(OnSubmit?.Invoke(request) ?? Add(), Created: true));
    }

    public ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, CancellationToken cancellationToken)
    {
        lock (Requests) Requests.AddRange(requests);
        return ValueTask.FromResult<IReadOnlyList<BatchItem>>([.. requests.Select(_ => new BatchItem(new Accepted(Add(), true), null))]);
    }

    public ValueTask<StatementCheck> DryRunAsync(JobRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new StatementCheck(1, true, [new ResultColumn { Name = "a" }], [], """{"cost":1.50}"""));

    public ValueTask<Job> GetAsync(string job, CancellationToken cancellationToken) =>
        _jobs.TryGetValue(job, out var found) ? ValueTask.FromResult(found) : throw new ProblemException(ProblemCodes.NotFound, "There is no such job.");

    public ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, CancellationToken cancellationToken) => OnWait?.Invoke(job, cancellationToken) ?? GetAsync(job, cancellationToken);

    public ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, CancellationToken cancellationToken) => ValueTask.FromResult(new Page<Job>([.. _jobs.Values], null));

    public ValueTask<Job> CancelAsync(string job, CancellationToken cancellationToken)
    {
        lock (Cancelled) Cancelled.Add(job);
        return GetAsync(job, cancellationToken);
    }

    public ValueTask<IReadOnlyList<CancelItem>> CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<CancelItem>>([.. jobs.Select(id => _jobs.TryGetValue(id, out var job) ? new CancelItem(job, null) : new CancelItem(null, new Problem { Code = ProblemCodes.NotFound, Detail = "There is no such job." }))]);

    public ValueTask<Job> RetryAsync(string job, CancellationToken cancellationToken) => ValueTask.FromResult(Add());

    public ValueTask<ResultPage> ReadResultAsync(string job, ResultRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(Page!);

    public async ValueTask ExportResultAsync(string job, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken) => await OnExport!(destination);

    public ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<Stream> OpenLogAsync(string job, int? attempt, CancellationToken cancellationToken) => ValueTask.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes("a line\n")));

    public ValueTask<EventPage> ReadEventsAsync(string? job, EventQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(new EventPage([], "c"));
}
