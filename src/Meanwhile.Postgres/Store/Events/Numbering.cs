using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Pacing;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Events;

/// <summary>Gives committed batches of events their numbers. Any node may, one at a time; a reader has it done before it reads. Safe for concurrent use.</summary>
/// <remarks>
/// A transaction takes the advisory lock, and its next statement numbers what was committed by then, in the order of the batches' ids, which were drawn after the row locks.
/// So of two transactions that changed one job, the later has the higher number, and numbers become visible in their order.
/// Callers of one node share: whoever comes while it is being numbered waits for the round after.
/// </remarks>
internal sealed class Numbering(Database database, TimeProvider time)
{
    private const int BatchMax = 10_000;
    private static readonly TimeSpan FromHeadEvery = TimeSpan.FromSeconds(2);
    private readonly DutyCycle _fromHead = new(time, FromHeadEvery);
    private readonly Lock _gate = new();
    private Task _current = Task.CompletedTask;
    private Task? _next;
    private long _from;
    private long _trailing;
    private long _highest;

    /// <summary>Returns once everything that was committed before the call has its number.</summary>
    public Task NumberAsync(CancellationToken cancellationToken)
    {
        Task mine;
        lock (_gate)
        {
            if (_current.IsCompleted) mine = _current = RunAsync();
            else mine = _next ??= AfterAsync(_current);
        }

        return mine.WaitAsync(cancellationToken);
    }

    private async Task AfterAsync(Task current)
    {
        await current.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Task mine;
        lock (_gate)
        {
            mine = _current = RunAsync();
            _next = null;
        }

        await mine;
    }

    private async Task RunAsync()
    {
        await Task.Yield(); // the gate is held where this begins
        if (!_fromHead.TryBegin())
        {
            await RoundsAsync(_from);
            return;
        }

        try
        {
            (_from, _trailing) = (_trailing, _highest); // everything below had two seconds and more to commit
            await RoundsAsync(0);
        }
        finally
        {
            _fromHead.End();
        }
    }

    /// <summary>Numbers from a batch on: what is pinned in the index before it costs nothing; now and then from the head, for those who committed late.</summary>
    private async ValueTask RoundsAsync(long from)
    {
        while (await RoundAsync(from) == BatchMax)
        {
        }
    }

    private async ValueTask<int> RoundAsync(long from)
    {
        var (count, highest) = await database.RunAsync(
            async (session, token) =>
            {
                if (!await session.ScalarAsync<bool>(new Call(EventSql.AnyUnnumbered, Parameters.Long(from)), token)) return (0, null as long?);
                (int, long?) numbered = default;
                await session.RunAsync(
                    [Session.Begin, new Call(EventSql.LockFeed), new Call(EventSql.Number, Parameters.Long(from), Parameters.Int(BatchMax)), Session.Commit],
                    async (index, reader, stop) =>
                    {
                        if (index == 1 && await reader.ReadAsync(stop)) numbered = Read(reader);
                    },
                    token);
                return numbered;
            },
            CancellationToken.None);
        if (highest is { } last) _highest = Math.Max(_highest, last);
        return count;
    }

    private static (int Count, long? Highest) Read(NpgsqlDataReader row) => (row.GetInt32(0), row.IsDBNull(1) ? null : row.GetInt64(1));
}
