using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Events;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Results;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Makes the calls that write decisions.</summary>
internal static class DecisionCall
{
    /// <summary>The call of <see cref="ChangeSql.Write"/>; owners stay, or go with the attempt.</summary>
    public static Call Write(IReadOnlyList<Decision> decisions)
    {
        var (batches, numbers) = NumberBatches(decisions);
        return new(
            ChangeSql.Write,
            Parameters.Int(batches),
            Parameters.Uuids(Each(decisions, decision => decision.Before.Id.Value)),
            Parameters.Sparse(numbers, NpgsqlDbType.Integer),
            Parameters.Longs(Each(decisions, decision => decision.Before.State.Version)),
            Parameters.Longs(Each(decisions, decision => decision.Before.State.EventCount)),
            Parameters.Shorts(Each(decisions, decision => (short)decision.Next.Status)),
            Parameters.Times(Each(decisions, decision => decision.Next.RunAt)),
            Times(decisions, decision => decision.Next.StartedAt),
            Times(decisions, decision => decision.Next.FinishedAt),
            Parameters.Times(Each(decisions, decision => decision.Next.UpdatedAt)),
            Times(decisions, decision => decision.Next.ExpiresAt),
            Parameters.Ints(Each(decisions, decision => decision.Next.Attempt)),
            Parameters.Ints(Each(decisions, decision => decision.Next.AttemptsCounted)),
            Parameters.Longs(Each(decisions, decision => decision.Next.Fence)),
            Parameters.Bools(Each(decisions, decision => decision.Next.EffectsBegun)),
            Parameters.Sparse(Each(decisions, decision => decision.Next.FinishId), NpgsqlDbType.Uuid),
            Texts(decisions, decision => decision.Next.Cancel is { } cancel ? JsonSerializer.Serialize(cancel, StoredJson.Default.CancelEvidence) : null),
            Texts(decisions, decision => decision.Next.Error is { } error ? JsonSerializer.Serialize(error, StoredJson.Default.JobError) : null),
            Texts(decisions, decision => decision.Next.Result is { } result ? JsonSerializer.Serialize(result, StoredJson.Default.ResultManifest) : null),
            Parameters.Longs(Each(decisions, decision => decision.Next.Version)),
            Parameters.Longs(Each(decisions, decision => decision.Next.EventCount)),
            Texts(decisions, decision => decision.Next.Commit is { } commit ? JsonSerializer.Serialize(commit, StoredJson.Default.CommitIntent) : null),
            Parameters.Sparse(Each(decisions, decision => decision.Next.Result is { StoredBytes: > 0 and var bytes } ? bytes : (long?)null), NpgsqlDbType.Bigint),
            Parameters.Sparse(Each(decisions, decision => (short?)decision.Event?.Kind), NpgsqlDbType.Smallint),
            Texts(decisions, decision => Detail(decision.Event)),
            Times(decisions, decision => decision.Event is { } told && told.At != decision.Next.UpdatedAt ? told.At : null));
    }

    /// <summary>The call of <see cref="ChangeSql.Claim"/>.</summary>
    /// <param name="decisions">Claims alone.</param>
    /// <param name="nodeId">The row of the node that takes the jobs.</param>
    public static Call Claim(IReadOnlyList<Decision> decisions, int nodeId)
    {
        var (batches, numbers) = NumberBatches(decisions);
        return new(
            ChangeSql.Claim,
            Parameters.Int(batches),
            Parameters.Int(nodeId),
            Parameters.Short((short)EventKind.Started),
            Parameters.Text(decisions.Count > 0 ? Detail(decisions[0].Event) : null),
            Parameters.Uuids(Each(decisions, decision => decision.Before.Id.Value)),
            Parameters.Sparse(numbers, NpgsqlDbType.Integer),
            Parameters.Longs(Each(decisions, decision => decision.Before.State.Version)),
            Parameters.Longs(Each(decisions, decision => decision.Before.State.EventCount)),
            Parameters.Times(Each(decisions, decision => decision.Next.UpdatedAt)),
            Parameters.Ints(Each(decisions, decision => decision.Next.Attempt)),
            Parameters.Longs(Each(decisions, decision => decision.Next.Fence)),
            Parameters.Longs(Each(decisions, decision => decision.Next.Version)),
            Parameters.Longs(Each(decisions, decision => decision.Next.EventCount)));
    }

    /// <summary>What <see cref="ChangeSql"/> answers: the jobs that were written, with their lanes.</summary>
    public static IEnumerable<(JobId Job, int LaneId)> Written(NpgsqlDataReader row) =>
        row.IsDBNull(0) ? [] : row.GetFieldValue<Guid[]>(0).Zip(row.GetFieldValue<int[]>(1), (job, lane) => (new JobId(job), lane));

    /// <summary>Says which batch each event goes into: one of its project that has room.</summary>
    private static (int Count, int?[] Numbers) NumberBatches(IReadOnlyList<Decision> decisions)
    {
        var count = 0;
        Dictionary<string, (int Number, int Events)> open = [];
        var numbers = new int?[decisions.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (decisions[i].Event is null) continue;
            var project = decisions[i].Before.Spec.Project;
            var batch = open.GetValueOrDefault(project);
            if (batch.Events is 0 or EventNumbers.BatchMax) batch = (++count, 0);
            open[project] = batch with { Events = batch.Events + 1 };
            numbers[i] = batch.Number;
        }

        return (count, numbers);
    }

    private static string? Detail(JobEventData? told) => told?.Detail is { } detail ? JsonSerializer.Serialize(detail, EventJson.Default.EventDetail) : null;

    private static NpgsqlParameter Texts(IReadOnlyList<Decision> decisions, Func<Decision, string?> of) => Parameters.Sparse<string>(Each(decisions, of), NpgsqlDbType.Text);

    private static NpgsqlParameter Times(IReadOnlyList<Decision> decisions, Func<Decision, DateTimeOffset?> of) =>
        Parameters.Sparse(Each(decisions, decision => of(decision)?.UtcDateTime), NpgsqlDbType.TimestampTz);

    private static T[] Each<T>(IReadOnlyList<Decision> decisions, Func<Decision, T> of)
    {
        var values = new T[decisions.Count];
        for (var i = 0; i < values.Length; i++) values[i] = of(decisions[i]);
        return values;
    }
}
