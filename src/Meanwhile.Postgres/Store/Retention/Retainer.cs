using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Events;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Partitions;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Results;
using Meanwhile.Stores;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Retention;

/// <summary>Removes what is over its time, in batches. There is no leader: whoever has the advisory lock does one batch.</summary>
internal sealed class Retainer(Database database, StoreClock clock, PartitionTable partitions, TableRewriter rewriter, Numbering numbering)
{
    /// <summary>One batch of each kind; nothing when another node is at it.</summary>
    public async ValueTask<RetentionResult> RetainAsync(RetentionRequest request, CancellationToken cancellationToken)
    {
        await numbering.NumberAsync(cancellationToken); // only what has a number can go
        var (result, now) = await database.RunAsync((session, token) => RetainAsync(session, request, token), cancellationToken);
        await partitions.TendAsync(now, request, cancellationToken);
        await rewriter.TendAsync(cancellationToken);
        return result;
    }

    private async ValueTask<(RetentionResult, DateTimeOffset)> RetainAsync(Session session, RetentionRequest request, CancellationToken cancellationToken)
    {
        var (mine, now) = await BeginAsync(session, cancellationToken);
        if (!mine) return (new RetentionResult(0, 0, 0), now);
        var expired = await ExpireAsync(session, request, now, cancellationToken);
        var forgotten = await ForgetAsync(session, request, now, cancellationToken);
        var dropped = await EventDropper.DropAsync(session, now - request.EventAge, request.BatchMax, cancellationToken);
        await session.RunAsync([new Call(JobSql.RollUp), Session.Commit], cancellationToken);
        return (new RetentionResult(expired, forgotten, dropped), now);
    }

    private async ValueTask<(bool Mine, DateTimeOffset Now)> BeginAsync(Session session, CancellationToken cancellationToken)
    {
        var (mine, now) = (false, default(DateTimeOffset));
        await session.RunAsync(
            [Session.Begin, new Call(RetentionSql.Lock), new Call(JobSql.Now, clock.Parameter)],
            async (index, reader, token) =>
            {
                await reader.ReadAsync(token);
                if (index == 0) mine = reader.GetBoolean(0);
                else now = reader.GetFieldValue<DateTimeOffset>(0);
            },
            cancellationToken);
        return (mine, now);
    }

    private async ValueTask<int> ExpireAsync(Session session, RetentionRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = await session.ListAsync(new Call(RetentionSql.Expiring, clock.Parameter, Parameters.Int(request.BatchMax)), row => row.GetGuid(0), cancellationToken);
        if (ids.Count > 0)
        {
            var jobs = await session.ListAsync(new Call(JobSql.EndedById, Parameters.Uuids([.. ids])), JobRows.Read, cancellationToken);
            Decision[] slim = [.. jobs.Select(job => Decision.Make(job, new JobChange.Expire(), now).Decision).OfType<Decision>()];
            await session.RunAsync(Expire(slim), cancellationToken);
        }

        await session.RunAsync([new Call(RetentionSql.DeleteStatements, clock.Parameter, new Npgsql.NpgsqlParameter { Value = StatementTexts.UnusedFor, NpgsqlDbType = NpgsqlDbType.Interval }, Parameters.Int(request.BatchMax))], cancellationToken);
        return ids.Count;
    }

    private static List<Call> Expire(Decision[] slim)
    {
        var ids = Parameters.Uuids(Array.ConvertAll(slim, job => job.Before.Id.Value));
        List<Call> calls =
        [
            new(
                RetentionSql.Expire,
                ids,
                Parameters.Sparse<string>(Array.ConvertAll(slim, job => job.Next.Result is { } result ? JsonSerializer.Serialize(result, StoredJson.Default.ResultManifest) : null), NpgsqlDbType.Text),
                Parameters.Sparse<string>(Array.ConvertAll(slim, job => job.Next.Error is { } error ? JsonSerializer.Serialize(error, StoredJson.Default.JobError) : null), NpgsqlDbType.Text),
                Parameters.Times(Array.ConvertAll(slim, job => job.Next.UpdatedAt)),
                Parameters.Longs(Array.ConvertAll(slim, job => job.Next.Version))),
            new(RetentionSql.DeleteBodies, ids.Clone()),
            new(RetentionSql.DeleteProgress, ids.Clone()),
        ];
        (string Project, long Bytes)[] bytes =
        [
            .. slim.GroupBy(job => job.Before.Spec.Project, job => job.Before.State.Result?.StoredBytes ?? 0).Select(project => (project.Key, project.Sum())).Where(project => project.Item2 > 0),
        ];
        if (bytes.Length > 0) calls.Add(new(RetentionSql.CountOffBytes, Parameters.Texts(Array.ConvertAll(bytes, project => project.Project)), Parameters.Longs(Array.ConvertAll(bytes, project => project.Bytes))));
        (JobSpec Spec, string Name, string Value)[] labels = [.. slim.SelectMany(job => job.Before.Spec.Labels.Select(label => (job.Before.Spec, label.Key, label.Value)))];
        if (labels.Length == 0) return calls;
        calls.Add(new(
            RetentionSql.DeleteLabels,
            Parameters.Texts(Array.ConvertAll(labels, label => label.Spec.Project)),
            Parameters.Texts(Array.ConvertAll(labels, label => label.Name)),
            Parameters.Texts(Array.ConvertAll(labels, label => label.Value)),
            Parameters.Uuids(Array.ConvertAll(labels, label => label.Spec.Id.Value))));
        return calls;
    }

    private static async ValueTask<int> ForgetAsync(Session session, RetentionRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = await session.ListAsync(new Call(RetentionSql.Forgetting, Parameters.Time(now - request.HistoryAge), Parameters.Int(request.BatchMax)), row => row.GetGuid(0), cancellationToken);
        if (ids.Count > 0) await session.RunAsync([new Call(RetentionSql.Forget, Parameters.Uuids([.. ids]))], cancellationToken);
        return ids.Count;
    }
}
