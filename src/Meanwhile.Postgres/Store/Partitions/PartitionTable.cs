using System.Globalization;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Partitions;

/// <summary>Makes partitions ahead of their time, and drops those that are over. Any node may; what one does not get done, another does later.</summary>
/// <remarks>Each table has a partition for all other rows, so that nothing depends on this being in time.</remarks>
internal sealed class PartitionTable(Database database, StoreClock clock)
{
    /// <summary>A partition of events with so many batches goes as a whole; a smaller one is emptied row by row first.</summary>
    private const int WholeMin = 5_000;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);
    private long? _tended;

    /// <summary>Makes what is missing at a time.</summary>
    public async ValueTask MakeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var plan in PartitionPlan.All)
        {
            var there = await NamesAsync(plan, cancellationToken);
            foreach (var partition in plan.Around(now).Where(partition => !there.Contains(partition.Name))) await MakeAsync(partition, cancellationToken);
        }
    }

    /// <summary>Makes what is missing and drops what is over, now and then.</summary>
    public async ValueTask TendAsync(DateTimeOffset now, RetentionRequest request, CancellationToken cancellationToken)
    {
        if (_tended is { } last && clock.Time.GetElapsedTime(last) < Every) return;
        _tended = clock.Time.GetTimestamp();
        await MakeAsync(now, cancellationToken);
        foreach (var plan in PartitionPlan.All)
        {
            foreach (var over in (await NamesAsync(plan, cancellationToken)).Select(plan.Parse).OfType<Partition>().Where(partition => partition.EndsAt + TimeSpan.FromDays(1) < now))
            {
                if (!plan.ByJobId) await DropWholeAsync(over, now - request.EventAge, cancellationToken);
                await DropEmptyAsync(over, cancellationToken);
            }
        }
    }

    private async ValueTask<HashSet<string>> NamesAsync(PartitionPlan plan, CancellationToken cancellationToken) =>
        [.. await database.ListAsync(new Call(PartitionSql.Of, Parameters.Text(database.Schema.Name), Parameters.Text(plan.Table)), row => row.GetString(0), cancellationToken)];

    private ValueTask<bool> MakeAsync(Partition partition, CancellationToken cancellationToken) =>
        TryAsync([Session.Begin, new Call(PartitionSql.Patience), new Call(Say(PartitionSql.Make, partition.Name, partition.Table, partition.From, partition.To)), Session.Commit], cancellationToken);

    private async ValueTask DropEmptyAsync(Partition partition, CancellationToken cancellationToken)
    {
        if (!await database.ScalarAsync<bool>(new Call(Say(PartitionSql.IsEmpty, partition.Name)), cancellationToken)) return;
        await TryAsync(
            async (session, token) =>
            {
                await session.RunAsync([Session.Begin, new Call(PartitionSql.Patience), new Call(Say(PartitionSql.LockOne, partition.Name))], token);
                if (await session.ScalarAsync<bool>(new Call(Say(PartitionSql.IsEmpty, partition.Name)), token)) await session.RunAsync([new Call(Say(PartitionSql.Drop, partition.Name))], token);
                await session.RunAsync([Session.Commit], token);
            },
            cancellationToken);
    }

    private async ValueTask DropWholeAsync(Partition partition, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (!await database.ScalarAsync<bool>(new Call(Say(PartitionSql.MayGoWhole, partition.Name), Parameters.Time(until), Parameters.Int(WholeMin)), cancellationToken)) return;
        await TryAsync([Session.Begin, new Call(PartitionSql.Patience), new Call(Say(PartitionSql.DroppedTo, partition.Name)), new Call(Say(PartitionSql.Drop, partition.Name)), Session.Commit], cancellationToken);
    }

    private ValueTask<bool> TryAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken) => TryAsync((session, token) => session.RunAsync(calls, token), cancellationToken);

    /// <summary>False when the lock was not given in time, another node was quicker, or rows of that time lie elsewhere: all of it is fine.</summary>
    private ValueTask<bool> TryAsync(Func<Session, CancellationToken, ValueTask> work, CancellationToken cancellationToken) => database.RunAsync(
        async (session, token) =>
        {
            try
            {
                await work(session, token);
                return true;
            }
            catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UndefinedTable
                or PostgresErrorCodes.CheckViolation or PostgresErrorCodes.InvalidObjectDefinition or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation)
            {
                return false;
            }
        },
        cancellationToken);

    private static string Say(string sql, params object[] names) => string.Format(CultureInfo.InvariantCulture, sql, names);
}
