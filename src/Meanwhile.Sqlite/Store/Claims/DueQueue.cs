using System.Collections;
using Meanwhile.Claims;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;

namespace Meanwhile.Sqlite.Store.Claims;

/// <summary>A lane's due jobs in claim order, read from the index a chunk at a time and only as far as a claim needs them.</summary>
/// <param name="chunk">How many jobs one read takes.</param>
internal sealed class DueQueue(Session session, long laneId, long now, int chunk) : IEnumerator<ClaimCandidate>
{
    private const int AbovePriorities = int.MaxValue;
    private readonly List<ClaimCandidate> _read = [];
    private int _at = -1;
    private int _priority = AbovePriorities;
    private (long RunAt, long Row) _after;

    /// <summary>Whether there is a job that was not taken: the last move found one.</summary>
    public bool HasHead { get; private set; }

    /// <inheritdoc/>
    public ClaimCandidate Current => _read[_at];

    object IEnumerator.Current => Current;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        _at++;
        while (_at >= _read.Count && ReadChunk())
        {
        }

        return HasHead = _at < _read.Count;
    }

    /// <summary>Reads on; false when no lower priority is left.</summary>
    private bool ReadChunk()
    {
        _read.Clear();
        _at = 0;
        if (_priority == AbovePriorities && !NextPriority()) return false;
        var due = session.Use(LaneSql.Due);
        due.Bind(1, laneId);
        due.Bind(2, _priority);
        due.Bind(3, now);
        due.Bind(4, _after.RunAt);
        due.Bind(5, _after.Row);
        due.Bind(6, chunk);
        while (due.Step())
        {
            var (row, runAt) = (due.Int64(0), due.Int64(1));
            _read.Add(new ClaimCandidate(row, _priority, Micros.Time(runAt), Rows.Sequence(row)));
            _after = (runAt, row);
        }

        due.Reset();
        return _read.Count == chunk || NextPriority();
    }

    private bool NextPriority()
    {
        var next = session.Use(LaneSql.NextPriority);
        next.Bind(1, laneId);
        next.Bind(2, _priority);
        if (Session.First(next) is not { } priority) return false;
        _priority = (int)priority;
        _after = (long.MinValue, long.MinValue);
        return true;
    }

    /// <inheritdoc/>
    public void Reset() => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
