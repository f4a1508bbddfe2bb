using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>Looks for queues that other nodes added to, by the index alone: when they tell, and otherwise at most so often. Safe for concurrent use.</summary>
internal sealed class QueueScan(Database database, StoreClock clock, WaitingQueues queues)
{
    /// <summary>How many queues one scan finds; the next goes on behind them.</summary>
    private const int FoundMax = 512;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
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
    /// <returns>Whether a claim may find more now.</returns>
    public async ValueTask<bool> TryAsync(CancellationToken cancellationToken)
    {
        QueueKey after;
        lock (_gate)
        {
            if (!_told && _last is { } last && clock.Time.GetElapsedTime(last) < Every) return false;
            _told = false;
            _last = clock.Time.GetTimestamp();
            after = _after;
        }

        var lane = Parameters.Int(after.LaneId);
        var priority = Parameters.Short(after.Priority);
        var found = await database.ListAsync(new Call(ClaimSql.Queues, lane, priority, Parameters.Int(FoundMax)), row => new QueueKey(row.GetInt32(0), row.GetInt16(1)), cancellationToken);
        lock (_gate) _after = found.Count == FoundMax ? found[^1] : new QueueKey(-1, -1);
        return queues.AddScanned(found);
    }
}
