using Meanwhile.Diagnostics;
using Meanwhile.Problems;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Jobs;

/// <summary>Brings submissions to the store, many at a time, and finds out what became of them when its answer is lost.</summary>
internal sealed class Submitter(IJobStore store, IJobReader reader, IUsage usage, OutageLog outages, EngineOptions options) : IDisposable
{
    private const int WritersMax = 2; // callers wait for each single answer, so the writes must overlap

    private const string UnknownDetail =
        "The store does not answer; whether the job was stored is not known. Look the job up before submitting it again.";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly Coalescer<JobSpec, Submission> _coalescer = new(store.SubmitAsync, options.SubmitBatchMax, options.SubmissionsWaitingMax, WritersMax);

    private readonly Coalescer<LimitedJob, Submission> _limited = new(usage.SubmitAsync, options.SubmitBatchMax, options.SubmissionsWaitingMax, WritersMax);

    /// <summary>Stores one job, together with others that come at the same time.</summary>
    /// <param name="limits">What it must stay within; empty = nothing, which costs nothing.</param>
    /// <exception cref="ProblemException">The store does not answer: unavailable, with the job's id and outcome unknown when nobody can tell.</exception>
    public async ValueTask<Submission> SubmitAsync(JobSpec spec, IReadOnlyList<UsageLimit> limits, CancellationToken cancellationToken)
    {
        try
        {
            return limits.Count == 0 ? await _coalescer.AddAsync(spec, cancellationToken) : await _limited.AddAsync(new LimitedJob(spec, limits), cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            outages.Refused(exception);
            return await LookUpAsync(spec.Id, cancellationToken);
        }
    }

    private async ValueTask<Submission> LookUpAsync(JobId id, CancellationToken cancellationToken)
    {
        IReadOnlyList<JobRecord?> found;
        try
        {
            found = await reader.GetAsync([id], cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            throw new ProblemException(Unavailable(UnknownDetail) with { JobId = id.ToString(), Outcome = "unknown" });
        }

        return found[0] is { } job
            ? new Submission.Accepted(job.Sequence)
            : throw new ProblemException(Unavailable("The store does not answer; the job was not stored. Try again."));
    }

    private static Problem Unavailable(string detail) => new() { Code = ProblemCodes.Unavailable, Detail = detail, RetryAfter = RetryAfter };

    /// <inheritdoc/>
    public void Dispose()
    {
        _coalescer.Dispose();
        _limited.Dispose();
    }
}
