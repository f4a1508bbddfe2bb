using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Claims;
using Meanwhile.Dispatch;
using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Offloading;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Workers;

/// <summary>Takes the ends of attempts from those who did the work elsewhere.</summary>
internal sealed class WorkerFinishes(
    IJobStore store, WorkerAttempts attempts, AttemptFactory factory, WorkerLogs logs, IBlobStore blobs, IWorkOffload offload, JobChanges changes, Dispatcher dispatcher,
    TimeProvider time, Func<double> draw, EngineOptions options)
{
    private const int ColumnsMax = 1_000;
    private const int ColumnNameLengthMax = 1_000;

    /// <summary>Takes an end.</summary>
    public async ValueTask<JobStatus> FinishAsync(AttemptFence fence, WorkerFinish finish, Caller caller, CancellationToken cancellationToken)
    {
        WorkerCheck.Refuse(FinishRules.Errors(finish));
        var job = await attempts.FindAsync(fence.Job, caller, cancellationToken);
        if (job.State.Owner is { IsWorker: false }) throw WorkerAttempts.Fenced(job); // the server's own work is not a worker's to end
        return await EndAsync(job, fence, finish, FinishRules.Work(finish, fence, null), cancellationToken);
    }

    /// <summary>Takes a success with rows.</summary>
    public async ValueTask<JobStatus> FinishAsync(
        AttemptFence fence, WorkerFinish finish, IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, Caller caller, CancellationToken cancellationToken)
    {
        WorkerCheck.Refuse([.. FinishRules.Errors(finish), .. Errors(finish, columns)]);
        var job = await attempts.FindAsync(fence.Job, caller, cancellationToken);
        if (job.State.Fence == fence.Fence && job.State.FinishId == FinishRules.IdOf(fence, finish)) return job.State.Status; // it came before
        job = await attempts.HeldAsync(fence, caller, cancellationToken);
        return await EndAsync(job, fence, finish, await KeepAsync(fence, finish, columns, rows, cancellationToken), cancellationToken);
    }

    /// <summary>Takes an end of an attempt, whoever owns it.</summary>
    public async ValueTask<JobStatus> EndAsync(JobRecord job, AttemptFence fence, WorkerFinish finish, WorkOutcome work, CancellationToken cancellationToken)
    {
        var attempt = factory.Make(new ClaimedJob(job, null));
        attempt.EffectsBegun = job.State.EffectsBegun;
        var outcome = Endings.Decide(attempt, work, FinishRules.Reason(finish, job.State), told: null, time.GetUtcNow(), draw);
        var written = (await store.FinishAsync([new AttemptEnd(fence, FinishRules.IdOf(fence, finish), outcome)], cancellationToken))[0];
        if (written.Result != WriteResult.Applied) throw Refusal(written, fence);
        await logs.CloseAsync(fence);
        changes.Tell(written.Job!);
        dispatcher.Wake(); // a limit may have room now
        return written.Job!.State.Status;
    }

    private async ValueTask<WorkOutcome> KeepAsync(AttemptFence fence, WorkerFinish finish, IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, CancellationToken cancellationToken)
    {
        try
        {
            var part = await AttemptParts.NextAsync(blobs, AttemptBlobKind.Result, fence, cancellationToken);
            await using var spooler = new ResultSpooler(fence, options.Results, blobs, offload, part);
            await SpoolAsync(spooler, columns, rows, cancellationToken);
            return FinishRules.Work(finish, fence, await spooler.CompleteAsync(cancellationToken));
        }
        catch (BlobStoreFullException full)
        {
            return new WorkOutcome.Failed(QueryRun.DiskFull(full));
        }
        catch (IOException broken)
        {
            throw new ProblemException(StoreOutage.Unavailable($"The rows could not be stored: {broken.Message} Nothing has ended; send the finish again."));
        }
    }

    private static async ValueTask SpoolAsync(ResultSpooler spooler, IReadOnlyList<ResultColumn> columns, IAsyncEnumerable<ReadOnlyMemory<byte>> rows, CancellationToken cancellationToken)
    {
        var intake = new RowIntake(spooler, columns.Count);
        var isFull = false;
        spooler.BeginStatement(columns);
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            if (isFull) continue; // read to the end all the same, so that the sender is not cut off
            var answer = intake.Take(row.Span);
            if (answer == RowAnswer.Flush) await spooler.FlushAsync(cancellationToken);
            isFull = answer == RowAnswer.LimitReached;
        }

        spooler.EndStatement(rowsAffected: null);
    }

    private static IEnumerable<FieldError> Errors(WorkerFinish finish, IReadOnlyList<ResultColumn> columns)
    {
        if (finish.Outcome != WorkerOutcome.Succeeded) yield return new FieldError("outcome", $"is {finish.Outcome.Word}, which has no rows; succeeded is accepted with them");
        if (columns.Count is 0 or > ColumnsMax) yield return new FieldError("columns", $"has {columns.Count} columns; 1 to {ColumnsMax} are accepted");
        foreach (var (index, column) in columns.Index())
        {
            if (column.Name.Length > ColumnNameLengthMax) yield return new FieldError($"columns[{index}].name", $"has {column.Name.Length} characters; at most {ColumnNameLengthMax} are accepted");
        }
    }

    private static ProblemException Refusal(JobWrite written, AttemptFence fence) => (written.Result, written.Job) switch
    {
        (_, null) => JobLookup.NotFound(fence.Job.ToString()),
        (WriteResult.AlreadyEnded, { } job) => WorkerAttempts.Ended(job),
        (_, { } job) => WorkerAttempts.Fenced(job),
    };
}
