using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.Access;

/// <summary>Reads the results and logs of a caller's jobs.</summary>
internal sealed class ResultAccess(JobLookup lookup, ResultReader results, IBlobStore blobs)
{
    /// <summary>A page of a succeeded job's result.</summary>
    public async ValueTask<ResultPage> ReadAsync(string job, ResultRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var record = await SucceededAsync(job, caller, cancellationToken);
        return await results.ReadPageAsync(record.Id, record.State.Result!, record.State.ExpiresAt!.Value, request, cancellationToken);
    }

    /// <summary>Writes a succeeded job's rows to a stream.</summary>
    public async ValueTask ExportAsync(string job, ResultRequest request, ResultFormat format, Stream destination, Caller caller, CancellationToken cancellationToken)
    {
        var record = await SucceededAsync(job, caller, cancellationToken);
        await results.ExportAsync(record.Id, record.State.Result!, request, format, destination, cancellationToken);
    }

    /// <summary>A stored partition, as it lies there.</summary>
    public async ValueTask<StoredPartition> OpenPartitionAsync(string job, int? statement, int partition, Caller caller, CancellationToken cancellationToken)
    {
        var record = await SucceededAsync(job, caller, cancellationToken);
        return await results.OpenPartitionAsync(record.State.Result!, statement, partition, cancellationToken);
    }

    /// <summary>An attempt's log; empty when it wrote none.</summary>
    public async ValueTask<Stream> OpenLogAsync(string job, int? attempt, Caller caller, CancellationToken cancellationToken)
    {
        var record = await lookup.RecordAsync(job, caller, cancellationToken);
        if (record.State.Expired) throw new ProblemException(Gone(record));
        if (attempt is { } asked && (asked < 1 || asked > record.State.Attempt))
            throw new ProblemException(ProblemCodes.NotFound, $"The job has {record.State.Attempt} attempts; there is no attempt {asked}.");
        return await AttemptParts.OpenLogAsync(blobs, record.Id, attempt ?? record.State.Attempt, cancellationToken);
    }

    /// <summary>The job's time to live is over.</summary>
    public static Problem Gone(JobRecord job) => new()
    {
        Code = ProblemCodes.Gone,
        Detail = $"The job expired at {job.State.ExpiresAt:O}; its statement, parameters and result are gone.",
        JobId = job.Id.ToString(),
        Status = job.State.Status.Word,
    };

    private async ValueTask<JobRecord> SucceededAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        var record = await lookup.RecordAsync(job, caller, cancellationToken);
        var state = record.State;
        if (!state.Status.IsFinal)
        {
            throw new ProblemException(new Problem
            {
                Code = ProblemCodes.NotDone,
                Detail = $"The job is {state.Status.Word}; it has a result once it has succeeded.",
                JobId = record.Id.ToString(),
                Status = state.Status.Word,
                RetryAfter = TimeSpan.FromSeconds(1),
            });
        }

        if (state.Expired) throw new ProblemException(Gone(record));
        return state.Result is not null
            ? record
            : throw new ProblemException(new Problem
            {
                Code = ProblemCodes.NoResult,
                Detail = $"The job ended as {state.Status.Word} and has no result{(state.Error is { } error ? $": {error.Message}" : ".")}",
                JobId = record.Id.ToString(),
                Status = state.Status.Word,
            });
    }
}
