using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Results;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Makes the parameters of <see cref="Sql.ChangeSql"/> of decisions.</summary>
internal static class DecisionCall
{
    /// <summary>The parameters $1 to $25.</summary>
    /// <param name="claimer">The row of the node that takes the jobs; null = owners stay, or go with the attempt.</param>
    public static NpgsqlParameter[] Parameters(IReadOnlyList<Decision> decisions, int? claimer = null) =>
    [
        Connections.Parameters.Uuids(Each(decisions, decision => decision.Before.Id.Value)),
        Connections.Parameters.Longs(Each(decisions, decision => decision.Before.State.Version)),
        Connections.Parameters.Longs(Each(decisions, decision => decision.Before.State.EventCount)),
        Connections.Parameters.Shorts(Each(decisions, decision => (short)decision.Next.Status)),
        Connections.Parameters.Times(Each(decisions, decision => decision.Next.RunAt)),
        Times(decisions, decision => decision.Next.StartedAt),
        Times(decisions, decision => decision.Next.FinishedAt),
        Connections.Parameters.Times(Each(decisions, decision => decision.Next.UpdatedAt)),
        Times(decisions, decision => decision.Next.ExpiresAt),
        Connections.Parameters.Ints(Each(decisions, decision => decision.Next.Attempt)),
        Connections.Parameters.Ints(Each(decisions, decision => decision.Next.AttemptsCounted)),
        Connections.Parameters.Longs(Each(decisions, decision => decision.Next.Fence)),
        Connections.Parameters.Sparse(Each(decisions, decision => claimer), NpgsqlDbType.Integer),
        Connections.Parameters.Bools(Each(decisions, decision => decision.Next.EffectsBegun)),
        Connections.Parameters.Sparse(Each(decisions, decision => decision.Next.FinishId), NpgsqlDbType.Uuid),
        Texts(decisions, decision => decision.Next.Cancel is { } cancel ? JsonSerializer.Serialize(cancel, StoredJson.Default.CancelEvidence) : null),
        Texts(decisions, decision => decision.Next.Error is { } error ? JsonSerializer.Serialize(error, StoredJson.Default.JobError) : null),
        Texts(decisions, decision => decision.Next.Result is { } result ? JsonSerializer.Serialize(result, StoredJson.Default.ResultManifest) : null),
        Connections.Parameters.Longs(Each(decisions, decision => decision.Next.Version)),
        Connections.Parameters.Longs(Each(decisions, decision => decision.Next.EventCount)),
        Connections.Parameters.Sparse(Each(decisions, decision => (short?)decision.Event?.Kind), NpgsqlDbType.Smallint),
        Texts(decisions, decision => decision.Event?.Detail is { } detail ? JsonSerializer.Serialize(detail, EventJson.Default.EventDetail) : null),
        Times(decisions, decision => decision.Event is { } told && told.At != decision.Next.UpdatedAt ? told.At : null),
        Texts(decisions, decision => decision.Next.Commit is { } commit ? JsonSerializer.Serialize(commit, StoredJson.Default.CommitIntent) : null),
        Connections.Parameters.Sparse(Each(decisions, decision => decision.Next.Result is { StoredBytes: > 0 and var bytes } ? bytes : (long?)null), NpgsqlDbType.Bigint),
    ];

    private static NpgsqlParameter Texts(IReadOnlyList<Decision> decisions, Func<Decision, string?> of) => Connections.Parameters.Sparse<string>(Each(decisions, of), NpgsqlDbType.Text);

    private static NpgsqlParameter Times(IReadOnlyList<Decision> decisions, Func<Decision, DateTimeOffset?> of) =>
        Connections.Parameters.Sparse(Each(decisions, decision => of(decision)?.UtcDateTime), NpgsqlDbType.TimestampTz);

    private static T[] Each<T>(IReadOnlyList<Decision> decisions, Func<Decision, T> of)
    {
        var values = new T[decisions.Count];
        for (var i = 0; i < values.Length; i++) values[i] = of(decisions[i]);
        return values;
    }
}
