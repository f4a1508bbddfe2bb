using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Results;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Submitting;

/// <summary>Makes the call of <see cref="SubmitSql.Submit"/>.</summary>
internal sealed class SubmitCall(ProjectNames projects, LaneNames lanes)
{
    /// <summary>The call.</summary>
    /// <param name="specs">In whole microseconds; projects and lanes loaded.</param>
    /// <param name="texts">The ids of all their statements.</param>
    /// <param name="first">The first sequence to give, by project.</param>
    public Call Make(JobSpec[] specs, IReadOnlyDictionary<string, long> texts, IReadOnlyDictionary<string, long> first) => new(
        SubmitSql.Submit,
        [.. Who(specs), .. What(specs), .. Body(specs, texts), Parameters.Ints([.. first.Keys.Select(projects.Id)]), Parameters.Longs([.. first.Values]), .. Labels(specs)]);

    private NpgsqlParameter[] Who(JobSpec[] specs) =>
    [
        Parameters.Uuids(Array.ConvertAll(specs, spec => spec.Id.Value)),
        Parameters.Ints(Array.ConvertAll(specs, spec => projects.Id(spec.Project))),
        Parameters.Ints(Array.ConvertAll(specs, spec => lanes.Id(LaneNames.Of(spec)))),
    ];

    private static NpgsqlParameter[] What(JobSpec[] specs) =>
    [
        Parameters.Shorts(Array.ConvertAll(specs, spec => (short)spec.Priority)),
        Parameters.Times(Array.ConvertAll(specs, spec => spec.CreatedAt)),
        Parameters.Times(Array.ConvertAll(specs, spec => spec.RunAt)),
        Parameters.Ints(Array.ConvertAll(specs, spec => spec.MaxAttempts)),
        Parameters.Sparse(Array.ConvertAll(specs, spec => Micros(spec.Timeout)), NpgsqlDbType.Bigint),
        Parameters.Sparse(Array.ConvertAll(specs, spec => spec.StartDeadlineAt?.UtcDateTime), NpgsqlDbType.TimestampTz),
        Parameters.Longs(Array.ConvertAll(specs, spec => Micros(spec.Ttl)!.Value)),
        Parameters.Bools(Array.ConvertAll(specs, spec => spec.Idempotent)),
        Parameters.Texts(Array.ConvertAll(specs, spec => spec.SubmittedBy)),
        Parameters.Sparse<string>(Array.ConvertAll(specs, spec => spec.IdempotencyKey), NpgsqlDbType.Text),
        Parameters.Sparse<byte[]>(Array.ConvertAll(specs, spec => spec.ContentHash.IsEmpty ? null : spec.ContentHash.ToArray()), NpgsqlDbType.Bytea),
        Parameters.Sparse<string>(Array.ConvertAll(specs, spec => spec.TraceParent), NpgsqlDbType.Text),
        Parameters.Sparse(Array.ConvertAll(specs, spec => spec.RetryOf?.Value), NpgsqlDbType.Uuid),
    ];

    private static NpgsqlParameter[] Body(JobSpec[] specs, IReadOnlyDictionary<string, long> texts) =>
    [
        Parameters.Sparse(Array.ConvertAll(specs, spec => spec.Statement is { } text ? texts[text] : (long?)null), NpgsqlDbType.Bigint),
        Parameters.Sparse<string>(Array.ConvertAll(specs, spec => HasBody(spec) ? spec.Params : null), NpgsqlDbType.Text),
        Parameters.Sparse<string>(Array.ConvertAll(specs, spec => spec.Labels.Count == 0 ? null : JsonSerializer.Serialize(new Dictionary<string, string>(spec.Labels), StoredJson.Default.DictionaryStringString)), NpgsqlDbType.Text),
    ];

    private static NpgsqlParameter[] Labels(JobSpec[] specs)
    {
        (Guid Job, string Name, string Value)[] labels = [.. specs.SelectMany(spec => spec.Labels.Select(label => (spec.Id.Value, label.Key, label.Value)))];
        return
        [
            Parameters.Uuids(Array.ConvertAll(labels, label => label.Job)),
            Parameters.Texts(Array.ConvertAll(labels, label => label.Name)),
            Parameters.Texts(Array.ConvertAll(labels, label => label.Value)),
        ];
    }

    private static bool HasBody(JobSpec spec) => spec.Statement is not null || spec.Params != "{}" || spec.Labels.Count > 0;

    private static long? Micros(TimeSpan? span) => span?.Ticks / TimeSpan.TicksPerMicrosecond;
}
