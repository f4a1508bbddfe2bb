using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Lists;

/// <summary>Looks for jobs, newest first: puts the statement together from the indexes that leave the least to look at.</summary>
/// <remarks>What is rare has an index of its own, so that it is found at once however many jobs are kept: live statuses, each bad ending, a trace, a label.</remarks>
internal sealed class JobSearch(Database database, StoreClock clock)
{
    /// <summary>The ids of a page, and the last id looked at; null at the end.</summary>
    public ValueTask<(List<JobId> Ids, JobId? ScannedUntil)> FindAsync(JobFilter filter, JobId? before, int limit, CancellationToken cancellationToken) => database.RunAsync(
        async (session, token) =>
        {
            var arms = ListSql.Head + string.Join(ListSql.Or, Arms(filter));
            var parameters = ParametersOf(filter, before ?? JobId.Max, limit + 1);
            var found = await session.ListAsync(new Call(arms + ListSql.Matching, parameters), row => new JobId(row.GetGuid(0)), token);
            if (found.Count > limit) return (found[..limit], found[limit - 1]);
            var ended = await session.ListAsync(new Call(arms + ListSql.LastOfBudget, ParametersOf(filter, before ?? JobId.Max, limit)), row => new JobId(row.GetGuid(0)), token);
            return (found, ended.Count > 0 ? ended[0] : null as JobId?);
        },
        cancellationToken);

    private static IEnumerable<string> Arms(JobFilter filter)
    {
        if (filter.TraceId is not null) return [ListSql.OfTrace];
        if (filter.Labels.Count > 0) return [ListSql.OfLabel];
        if (filter.Scheduled is true) return [ListSql.Scheduled];
        return filter.Statuses.Count == 0 ? [ListSql.Live, ListSql.Ended] : filter.Statuses.Select(ArmOf).Distinct();
    }

    private static string ArmOf(JobStatus status) => status switch
    {
        JobStatus.Blocked or JobStatus.Pending => ListSql.Waiting,
        JobStatus.Running => ListSql.Running,
        JobStatus.Succeeded => ListSql.Succeeded,
        JobStatus.Failed => ListSql.Failed,
        JobStatus.Canceled => ListSql.Canceled,
        JobStatus.Timeout => ListSql.TimedOut,
    };

    private NpgsqlParameter[] ParametersOf(JobFilter filter, JobId before, int limit) =>
    [
        Parameters.Text(filter.Project),
        Parameters.Uuid(before.Value),
        Parameters.Int(limit),
        clock.Parameter,
        Nullable(filter.Statuses.Count == 0 ? null : filter.Statuses.Select(status => (short)status).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint),
        Nullable(filter.Scheduled, NpgsqlDbType.Boolean),
        Parameters.Text(filter.Tool),
        Parameters.Text(filter.Source),
        Parameters.Text(filter.SubmittedBy),
        Parameters.Text(filter.TraceId),
        Parameters.Time(filter.CreatedFrom),
        Parameters.Time(filter.CreatedBefore),
        Nullable(filter.DurationMin?.Ticks / TimeSpan.TicksPerMicrosecond, NpgsqlDbType.Bigint),
        Nullable(filter.DurationMax?.Ticks / TimeSpan.TicksPerMicrosecond, NpgsqlDbType.Bigint),
        Parameters.Text(filter.Words is { } words ? Lower(words) : null),
        Nullable(filter.Labels.Count == 0 ? null : filter.Labels.Keys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
        Nullable(filter.Labels.Count == 0 ? null : filter.Labels.Values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
    ];

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    /// <summary>ASCII letters alone, as lower() does in the collation "C".</summary>
    private static string Lower(string words) => string.Create(words.Length, words, static (lower, from) =>
    {
        for (var i = 0; i < lower.Length; i++) lower[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
    });
}
