using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Enqueuing;

/// <summary>Submissions that others committed with transactions of their own, by <c>meanwhile.submit</c>.</summary>
internal sealed class EnqueuedRequests(Database database) : IEnqueuedRequests
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EnqueuedRequest>> ReadAsync(int max, CancellationToken cancellationToken) => await database.ListAsync(
        new Call(EnqueueSql.Oldest, Parameters.Int(max)),
        row => new EnqueuedRequest(new JobId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken) =>
        database.RunAsync([new Call(EnqueueSql.Remove, Parameters.Uuids([.. ids.Select(id => id.Value)]))], cancellationToken);
}
