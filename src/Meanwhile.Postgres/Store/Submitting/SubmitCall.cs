using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Events;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Results;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Submitting;

/// <summary>Makes the call of <see cref="SubmitSql.Add"/>.</summary>
internal sealed class SubmitCall(ProjectNames projects, LaneNames lanes)
{
    private readonly record struct Slice(int ProjectId, int First, int Last, DateTimeOffset At);

    /// <summary>The call.</summary>
    /// <param name="specs">In whole microseconds, those of a project side by side; projects and lanes loaded.</param>
    /// <param name="texts">The ids of all their statements.</param>
    /// <param name="sequences">To give, one for each; those of a project follow each other.</param>
    public Call Make(JobSpec[] specs, IReadOnlyDictionary<string, long> texts, long[] sequences)
    {
        var slices = Cut(specs);
        var labels = Labels(specs);
        return new(
            SubmitSql.Add(specs.Any(spec => spec.IdempotencyKey is not null), labels.Length > 0),
            [.. Who(specs), .. What(specs), .. Body(specs, texts), Parameters.Longs(sequences), .. Batches(slices), .. labels]);
    }

    /// <summary>Cuts jobs into batches of events, each of one project.</summary>
    private List<Slice> Cut(JobSpec[] specs)
    {
        List<Slice> slices = [];
        for (int first = 0, end; first < specs.Length; first = end)
        {
            for (end = first + 1; end < specs.Length && end - first < EventNumbers.BatchMax && specs[end].Project == specs[first].Project;) end++;
            slices.Add(new Slice(projects.Id(specs[first].Project), first, end - 1, specs[first..end].Max(spec => spec.CreatedAt)));
        }

        return slices;
    }

    private static NpgsqlParameter[] Batches(List<Slice> slices) =>
    [
        Parameters.Ints([.. slices.SelectMany((slice, number) => Enumerable.Repeat(number + 1, slice.Last - slice.First + 1))]),
        Parameters.Ints([.. slices.Select(slice => slice.ProjectId)]),
        Parameters.Ints([.. slices.Select(slice => slice.First + 1)]), // arrays begin at 1 there
        Parameters.Ints([.. slices.Select(slice => slice.Last + 1)]),
        Parameters.Times([.. slices.Select(slice => slice.At)]),
    ];

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
        Parameters.Texts(Array.ConvertAll(specs, spec => spec.Params)),
        Parameters.Sparse<string>(Array.ConvertAll(specs, spec => spec.Labels.Count == 0 ? null : JsonSerializer.Serialize(new Dictionary<string, string>(spec.Labels), StoredJson.Default.DictionaryStringString)), NpgsqlDbType.Text),
    ];

    private NpgsqlParameter[] Labels(JobSpec[] specs)
    {
        (JobSpec Job, string Name, string Value)[] labels = [.. specs.SelectMany(spec => spec.Labels.Select(label => (spec, label.Key, label.Value)))];
        if (labels.Length == 0) return [];
        return
        [
            Parameters.Ints(Array.ConvertAll(labels, label => projects.Id(label.Job.Project))),
            Parameters.Texts(Array.ConvertAll(labels, label => label.Name)),
            Parameters.Texts(Array.ConvertAll(labels, label => label.Value)),
            Parameters.Uuids(Array.ConvertAll(labels, label => label.Job.Id.Value)),
        ];
    }

    private static long? Micros(TimeSpan? span) => span?.Ticks / TimeSpan.TicksPerMicrosecond;
}
