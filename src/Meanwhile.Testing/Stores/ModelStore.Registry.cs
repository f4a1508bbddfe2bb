using System.Runtime.CompilerServices;
using System.Text.Json;
using Meanwhile.Registry;

namespace Meanwhile.Testing.Stores;

public sealed partial class ModelStore : IRegistry, IAuditLog
{
    private readonly Dictionary<DocumentKey, DocumentRow> _documents = [];
    private readonly List<AuditEntry> _audit = [];
    private TaskCompletionSource _registryChanged = NewSignal();
    private long _lastChange;

    /// <summary>A document, or what a deleted one leaves: its last version, so that none is used twice.</summary>
    private sealed record DocumentRow(long Change, long Version, Document? Document);

    /// <inheritdoc/>
    public ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(_documents.GetValueOrDefault(key)?.Document);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Document>> ListAsync(string kind, string? project, DocumentKey? after, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var found = _documents.Values.Select(row => row.Document).OfType<Document>()
                .Where(document => document.Key.Kind == kind && (project is null || document.Key.Project == project) && (after is not { } last || Compare(document.Key, last) > 0))
                .Order(Comparer<Document>.Create((a, b) => Compare(a.Key, b.Key))).Take(limit);
            return ValueTask.FromResult<IReadOnlyList<Document>>([.. found]);
        }
    }

    private static int Compare(DocumentKey a, DocumentKey b) =>
        string.CompareOrdinal(a.Project, b.Project) is not 0 and var byProject ? byProject : string.CompareOrdinal(a.Name, b.Name);

    /// <inheritdoc/>
    public ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var row = _documents.GetValueOrDefault(key);
            if (expectedVersion is { } expected && expected != (row?.Document?.Version ?? 0)) return ValueTask.FromResult<Document?>(null);
            var document = new Document(key, 1 + (row?.Version ?? 0), json, Now);
            SetDocument(key, document.Version, document);
            return ValueTask.FromResult<Document?>(document);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(DocumentKey key, long? expectedVersion, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var known = _documents.GetValueOrDefault(key)?.Document;
            if (known is null || (expectedVersion is { } expected && expected != known.Version)) return ValueTask.FromResult(false);
            SetDocument(key, known.Version, null);
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DocumentChange> WatchAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fromBeginning = after == 0;
        while (true)
        {
            List<DocumentChange> changes;
            Task changed;
            lock (_gate)
            {
                changed = _registryChanged.Task;
                changes = [.. _documents.Where(pair => pair.Value.Change > after && (!fromBeginning || pair.Value.Document is not null))
                    .OrderBy(pair => pair.Value.Change).Select(pair => new DocumentChange(pair.Value.Change, pair.Key, pair.Value.Document))];
                after = _lastChange;
            }

            fromBeginning = false;
            foreach (var change in changes) yield return change;
            await changed.WaitAsync(cancellationToken);
        }
    }

    private void SetDocument(DocumentKey key, long version, Document? document)
    {
        _documents[key] = new DocumentRow(++_lastChange, version, document);
        var changed = _registryChanged;
        _registryChanged = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public ValueTask AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        lock (_gate) _audit.AddRange(entries.Select(entry => entry with { At = WholeMicroseconds(entry.At) }));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(string? project, Guid? before, string? action, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var submissions = _jobs.Values.Select(job => new AuditEntry(job.Id.Value, job.Spec.CreatedAt, job.Spec.Project, job.Spec.SubmittedBy, AuditEntry.JobSubmit, job.Id.ToString(), SubmissionDetail(job.Spec)));
            var found = _audit.Concat(submissions)
                .Where(entry => (project is null || entry.Project == project) && (before is not { } last || entry.Id.CompareTo(last) < 0) && (action is null || entry.Action == action))
                .OrderByDescending(entry => entry.Id).Take(limit);
            return ValueTask.FromResult<IReadOnlyList<AuditEntry>>([.. found]);
        }
    }

    private static string SubmissionDetail(Jobs.JobSpec spec) => JsonSerializer.Serialize(new SubmissionAudit(spec.Tool, spec.Source), AuditJson.Default.SubmissionAudit);
}
