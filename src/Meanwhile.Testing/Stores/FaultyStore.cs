using System.Runtime.CompilerServices;
using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Testing.Stores;

/// <summary>How a store misbehaves.</summary>
public enum StoreFault
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It does not answer, and nothing happens.</summary>
    Silent,

    /// <summary>It does what it was asked to, and its answer is lost.</summary>
    AnswerLost,
}

/// <summary>Passes everything on to another store, and misbehaves when it is told to. Safe for concurrent use.</summary>
/// <param name="inner">The ports of a store that works.</param>
public sealed class FaultyStore(StorePorts inner) : IJobStore, IJobReader, IEventReader, INodeStore, IRegistry, IAuditLog, IUsage
{
    /// <summary>Decides of each call, by its verb (the method's name, such as <c>SubmitAsync</c>), how it fails; null = none does.</summary>
    public Func<string, StoreFault>? Faults { get; set; }

    /// <summary>Called before each call with its verb, on the thread that calls; null = nobody listens.</summary>
    public Action<string>? OnCall { get; set; }

    /// <summary>The ports, all of them faulty, with the place for blobs of the store within.</summary>
    public StorePorts Ports => inner with { Jobs = this, Reader = this, Events = this, Nodes = this, Registry = this, Audit = this, Usage = this };

    /// <summary>From now on no call is answered, until <see cref="Return"/>.</summary>
    public void GoAway() => Faults = static _ => StoreFault.Silent;

    /// <summary>From now on every call is answered.</summary>
    public void Return() => Faults = null;

    /// <inheritdoc/>
    public Guid Incarnation => inner.Reader.Incarnation;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ShortIdKey => inner.Reader.ShortIdKey;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.SubmitAsync(jobs, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<LimitedJob> jobs, CancellationToken cancellationToken) => CallAsync(() => inner.Usage.SubmitAsync(jobs, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Usage> ReadAsync(string project, string? principal, CancellationToken cancellationToken) => CallAsync(() => inner.Usage.ReadAsync(project, principal, cancellationToken), "ReadUsageAsync");

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.ClaimAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> FinishAsync(IReadOnlyList<AttemptEnd> ends, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.FinishAsync(ends, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RequestCancelAsync(IReadOnlyList<CancelRequest> requests, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.RequestCancelAsync(requests, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> MarkOverTimeAsync(IReadOnlyList<AttemptFence> attempts, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.MarkOverTimeAsync(attempts, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> NoteCancelAsync(IReadOnlyList<CancelNote> notes, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.NoteCancelAsync(notes, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobWrite> BeginEffectsAsync(AttemptFence attempt, bool commitIsMarked, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.BeginEffectsAsync(attempt, commitIsMarked, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobWrite> BeginCommitAsync(AttemptFence attempt, string mark, ResultManifest result, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.BeginCommitAsync(attempt, mark, result, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> RefuseAsync(IReadOnlyList<RefusedJob> jobs, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.RefuseAsync(jobs, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobWrite>> EndInsteadAsync(IReadOnlyList<SeenGone> ends, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.EndInsteadAsync(ends, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WriteResult>> SaveProgressAsync(IReadOnlyList<ProgressReport> reports, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.SaveProgressAsync(reports, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<WriteResult> SaveCheckpointAsync(AttemptFence attempt, string checkpoint, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.SaveCheckpointAsync(attempt, checkpoint, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> MissStartsAsync(int batchMax, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.MissStartsAsync(batchMax, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<RetentionResult> RetainAsync(RetentionRequest request, CancellationToken cancellationToken) => CallAsync(() => inner.Jobs.RetainAsync(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord?>> GetAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.GetAsync(ids, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobId?> FindAsync(string project, long sequence, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.FindAsync(project, sequence, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobId?> FindByIdempotencyKeyAsync(string project, string submittedBy, string key, CancellationToken cancellationToken) =>
        CallAsync(() => inner.Reader.FindByIdempotencyKeyAsync(project, submittedBy, key, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<JobList> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.ListAsync(filter, before, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatusCount>> CountAsync(string project, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.CountAsync(project, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<int?>> PositionsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.PositionsAsync(ids, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> OwnedAsync(NodeEpoch node, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.OwnedAsync(node, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CancelIntent>> CancelIntentsAsync(NodeEpoch node, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.CancelIntentsAsync(node, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobRecord>> UnansweredCancelsAsync(TimeSpan age, int limit, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.UnansweredCancelsAsync(age, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<string?> GetCheckpointAsync(JobId job, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.GetCheckpointAsync(job, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AttemptBlobs>> UnneededAsync(IReadOnlyList<AttemptBlobs> blobs, CancellationToken cancellationToken) => CallAsync(() => inner.Reader.UnneededAsync(blobs, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<EventRead> ReadAsync(string project, EventCursor? after, EventFilter filter, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.Events.ReadAsync(project, after, filter, limit, cancellationToken), "ReadEventsAsync");

    /// <inheritdoc/>
    public ValueTask<EventCursor> EndAsync(CancellationToken cancellationToken) => CallAsync(() => inner.Events.EndAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Registered> RegisterAsync(NodeRegistration registration, CancellationToken cancellationToken) => CallAsync(() => inner.Nodes.RegisterAsync(registration, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<BeatAnswer> BeatAsync(NodeEpoch node, CancellationToken cancellationToken) => CallAsync(() => inner.Nodes.BeatAsync(node, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => CallAsync(() => inner.Nodes.ReadBeatsAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobId>> DeclareDeadAsync(NodeEpoch dead, CancellationToken cancellationToken) => CallAsync(() => inner.Nodes.DeclareDeadAsync(dead, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> SetDrainingAsync(string node, bool draining, CancellationToken cancellationToken) => CallAsync(() => inner.Nodes.SetDrainingAsync(node, draining, cancellationToken));

    /// <inheritdoc/>
    public bool IsShared => inner.Nodes.IsShared;

    /// <inheritdoc/>
    public async ValueTask TellAsync(WakeUp wakeUp, CancellationToken cancellationToken) => await CallAsync(async () =>
    {
        await inner.Nodes.TellAsync(wakeUp, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<WakeUp> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Fail(Begin(nameof(ListenAsync)));
        await foreach (var told in inner.Nodes.ListenAsync(cancellationToken))
        {
            yield return told;
            Fail(Begin(nameof(ListenAsync)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> ListAsync(CancellationToken cancellationToken) => CallAsync(() => inner.Nodes.ListAsync(cancellationToken), "ListNodesAsync");

    /// <inheritdoc/>
    public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken) => CallAsync(() => inner.Registry.GetAsync(key, cancellationToken), "GetDocumentAsync");

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Document>> ListAsync(string kind, string? project, DocumentKey? after, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.Registry.ListAsync(kind, project, after, limit, cancellationToken), "ListDocumentsAsync");

    /// <inheritdoc/>
    public ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion, CancellationToken cancellationToken) => CallAsync(() => inner.Registry.PutAsync(key, json, expectedVersion, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(DocumentKey key, long? expectedVersion, CancellationToken cancellationToken) => CallAsync(() => inner.Registry.DeleteAsync(key, expectedVersion, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentChange> WatchAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Fail(Begin(nameof(WatchAsync)));
        await foreach (var change in inner.Registry.WatchAsync(after, cancellationToken))
        {
            yield return change;
            Fail(Begin(nameof(WatchAsync)));
        }
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken) => await CallAsync(async () =>
    {
        await inner.Audit.AppendAsync(entries, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(string? project, Guid? before, string? action, int limit, CancellationToken cancellationToken) =>
        CallAsync(() => inner.Audit.ReadAsync(project, before, action, limit, cancellationToken), "ReadAuditAsync");

    private async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call, [CallerMemberName] string verb = "")
    {
        var fault = Begin(verb);
        if (fault == StoreFault.Silent) Fail(fault);
        var answer = await call();
        Fail(fault);
        return answer;
    }

    private StoreFault Begin(string verb)
    {
        OnCall?.Invoke(verb);
        return Faults?.Invoke(verb) ?? StoreFault.None;
    }

    private static void Fail(StoreFault fault)
    {
        if (fault != StoreFault.None) throw new StoreUnavailableException("The store does not answer: a test says so.");
    }
}
