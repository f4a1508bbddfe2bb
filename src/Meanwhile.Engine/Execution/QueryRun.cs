using Meanwhile.Blobs;
using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Registry;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Stores;

namespace Meanwhile.Execution;

/// <summary>One attempt of a query: what earlier attempts left is settled, then the statement runs, then its result is kept.</summary>
internal sealed class QueryRun(Attempt attempt, StatementRequest request, SourceCatalog.Use use, ResultSpooler spooler, EarlierAttempts earlier, IJobStore store, StorePatience patience) : IWork, IStatementObserver
{
    private readonly Lock _gate = new();
    private IHostedStatement? _statement;
    private bool _stopped;
    private ResultManifest? _result;

    /// <inheritdoc/>
    public Task<WorkOutcome> Completion { get; private set; } = Task.FromResult<WorkOutcome>(new WorkOutcome.Interrupted());

    /// <summary>Starts it.</summary>
    public QueryRun Start()
    {
        Completion = RunAsync();
        return this;
    }

    /// <inheritdoc/>
    public ValueTask<string> CancelAsync(CancellationToken cancellationToken)
    {
        IHostedStatement? statement;
        lock (_gate)
        {
            _stopped = true;
            statement = _statement;
        }

        return statement?.CancelAsync(cancellationToken) ?? new ValueTask<string>("The statement had not begun.");
    }

    /// <inheritdoc/>
    public ValueTask BeginEffectsAsync(bool commitIsMarked, CancellationToken cancellationToken) => EffectIntent.StoreAsync(attempt, commitIsMarked, store, patience, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask BeginCommitAsync(string commitMark, CancellationToken cancellationToken)
    {
        _result = await spooler.CompleteAsync(cancellationToken);
        await EffectIntent.StoreCommitAsync(attempt, commitMark, _result, store, patience, cancellationToken);
    }

    /// <inheritdoc/>
    public void Log(string line) => attempt.Journal.Log.Append(line);

    /// <inheritdoc/>
    public void Progress(long rows, string? message)
    {
        attempt.Journal.Count("rows", rows);
        if (message is not null) attempt.Journal.Progress(null, message);
    }

    private async Task<WorkOutcome> RunAsync()
    {
        await using var usedUntilTheEnd = use;
        await using var spoolerUntilTheEnd = spooler;
        attempt.Journal.Enter(JobPhase.Executing);
        if (await earlier.SettleAsync(attempt, use.Source, CancellationToken.None) is { } settled) return settled;
        if (Begin() is not { } statement) return new WorkOutcome.Interrupted(WithoutEffect: true);
        var outcome = await statement.Completion;
        try
        {
            return outcome switch
            {
                StatementOutcome.Completed => await KeepAsync(),
                StatementOutcome.Failed failed => new WorkOutcome.Failed(failed.Error),
                StatementOutcome.Interrupted interrupted => new WorkOutcome.Interrupted(interrupted.WithoutEffect),
                _ => throw new InvalidOperationException($"{outcome} is no outcome of a statement."),
            };
        }
        catch (BlobStoreFullException full)
        {
            return new WorkOutcome.Failed(DiskFull(full));
        }
        catch (IOException broken)
        {
            return new WorkOutcome.Failed(JobError.Of(ErrorKind.Internal, $"The result could not be stored: {broken.Message}", "result_not_stored") with { Retryable = true });
        }
    }

    /// <summary>Begins the statement, unless it was wanted stopped before.</summary>
    private IHostedStatement? Begin()
    {
        lock (_gate)
        {
            if (_stopped || attempt.Stopping.IsCompleted) return null;
            return _statement = use.Source.Start(request, spooler, this, CancellationToken.None);
        }
    }

    private async ValueTask<WorkOutcome> KeepAsync()
    {
        var manifest = _result ?? await spooler.CompleteAsync(CancellationToken.None);
        attempt.Journal.Count("rows", spooler.RowsTaken);
        attempt.Journal.Count("bytes", spooler.BytesTaken);
        return new WorkOutcome.Done(manifest);
    }

    /// <summary>There is no space for a result.</summary>
    public static JobError DiskFull(BlobStoreFullException full) =>
        JobError.Of(ErrorKind.ResourceLimit, $"The result does not fit on the disk: {full.Message}", "disk_full", "Free some space, or let the query return less.");
}
