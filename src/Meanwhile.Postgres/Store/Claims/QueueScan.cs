using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Pacing;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>Looks for what other nodes added: when they tell, and otherwise at most so often. Safe for concurrent use.</summary>
/// <remarks>
/// Reads all queues, and each from its head; while vacuum is held back, so that this takes long, it does so ever more seldom, and between looks into the queues that it knows, from their marks on.
/// </remarks>
internal sealed class QueueScan(Database database, StoreClock clock, WaitingQueues queues)
{
    /// <summary>How many queues one scan finds; the next goes on behind them.</summary>
    private const int FoundMax = 512;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private readonly DutyCycle _fromHead = new(clock.Time, Every);
    private readonly Lock _gate = new();
    private QueueKey _after = new(-1, -1);
    private long? _last;
    private bool _told;

    /// <summary>Says that another node told of work: the next claim that finds too little looks at once.</summary>
    public void Told()
    {
        lock (_gate) _told = true;
    }

    /// <summary>Looks, unless somebody just did.</summary>
    /// <param name="look">Looks into the queues that are known by then, from their heads or else from their marks.</param>
    /// <returns>Null when there is nothing more to be found now.</returns>
    public async ValueTask<DueLook?> TryAsync(Func<bool, ValueTask<DueLook>> look, CancellationToken cancellationToken)
    {
        if (!IsDue(out var told)) return null;
        if (!_fromHead.TryBegin(early: told)) return queues.AddEmpty() ? await look(false) : null;
        try
        {
            return queues.AddScanned(await ScanAsync(cancellationToken)) ? await look(true) : null;
        }
        finally
        {
            _fromHead.End();
        }
    }

    private bool IsDue(out bool told)
    {
        lock (_gate)
        {
            told = _told;
            if (!told && _last is { } last && clock.Time.GetElapsedTime(last) < Every) return false;
            _told = false;
            _last = clock.Time.GetTimestamp();
            return true;
        }
    }

    /// <summary>By the index alone.</summary>
    private async ValueTask<List<QueueKey>> ScanAsync(CancellationToken cancellationToken)
    {
        QueueKey after;
        lock (_gate) after = _after;
        var lane = Parameters.Int(after.LaneId);
        var priority = Parameters.Short(after.Priority);
        var found = await database.ListAsync(new Call(ClaimSql.Queues, lane, priority, Parameters.Int(FoundMax)), row => new QueueKey(row.GetInt32(0), row.GetInt16(1)), cancellationToken);
        lock (_gate) _after = found.Count == FoundMax ? found[^1] : new QueueKey(-1, -1);
        return found;
    }
}
