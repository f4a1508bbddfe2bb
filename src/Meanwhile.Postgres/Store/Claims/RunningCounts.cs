using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>How many jobs run in each lane, counted from a mark on: what ended long ago lies before it and is not walked over, also while vacuum can't remove it.</summary>
/// <remarks>Claims of a process come one at a time, and so do its calls.</remarks>
internal sealed class RunningCounts(LaneNames lanes)
{
    private DateTimeOffset _since;

    /// <summary>Counts.</summary>
    /// <param name="trail">How far before the oldest that was seen running to begin, as others' transactions commit later than their times say.</param>
    public Call Count(TimeSpan trail) => new(ClaimSql.Running, Parameters.Time(Marks.Before(_since, trail)));

    /// <summary>Moves the mark to the start of the oldest that was found running or, when none was, to the time of the count.</summary>
    public void SetMark(DateTimeOffset since) => _since = since;

    /// <summary>By lanes instead of their ids.</summary>
    public async ValueTask<Dictionary<Lane, int>> NameAsync(IReadOnlyDictionary<int, int> running, CancellationToken cancellationToken)
    {
        int[] ids = [.. running.Keys];
        return (await lanes.GetAsync(ids, cancellationToken)).Zip(ids).ToDictionary(pair => pair.First, pair => running[pair.Second]);
    }
}
