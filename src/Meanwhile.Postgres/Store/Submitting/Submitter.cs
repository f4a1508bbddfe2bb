using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Stores;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Submitting;

/// <summary>Accepts jobs, many in one round trip; only what was known already, by id or idempotency key, costs a second.</summary>
internal sealed class Submitter(Database database, ProjectNames projects, LaneNames lanes, StatementTexts statements, WaitingQueues queues, NewJobs newJobs)
{
    /// <summary>Others may use the same keys meanwhile; and a key may be forgotten, with its job, just when it was found taken.</summary>
    private const int RoundsMax = 8;

    private readonly SubmitCall _call = new(projects, lanes);

    /// <summary>Accepts jobs: all of them in one transaction.</summary>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken) => SubmitAsync(null, jobs, cancellationToken);

    /// <summary>What is known already of jobs, by id or by idempotency key.</summary>
    public async ValueTask<Dictionary<JobId, Submission>> KnownAsync(JobSpec[] specs, CancellationToken cancellationToken)
    {
        Dictionary<JobId, Submission> answers = [];
        await ExplainAsync([.. specs.DistinctBy(spec => spec.Id)], answers, cancellationToken);
        return answers;
    }

    /// <summary>Accepts jobs.</summary>
    /// <param name="within">The transaction that they are accepted in; null = one of their own.</param>
    public async ValueTask<IReadOnlyList<Submission>> SubmitAsync(Session? within, IReadOnlyList<JobSpec> jobs, CancellationToken cancellationToken)
    {
        JobSpec[] specs = [.. jobs.Select(CutOff)];
        RefuseNul(specs);
        await projects.LoadAsync(specs.Select(spec => spec.Project), cancellationToken);
        await lanes.LoadAsync(specs.Select(LaneNames.Of), cancellationToken);
        Dictionary<JobId, Submission> answers = [];
        for (var round = 0; round < RoundsMax; round++)
        {
            var asked = FirstOfEach(specs.Where(spec => !answers.ContainsKey(spec.Id)));
            if (asked.Length == 0) break;
            if (await TryAddAsync(within, asked, answers, cancellationToken) && answers.Count == specs.Length) break;
            await ExplainAsync([.. specs.Where(spec => !answers.ContainsKey(spec.Id)).DistinctBy(spec => spec.Id)], answers, cancellationToken);
        }

        return [.. specs.Select(spec => answers.TryGetValue(spec.Id, out var answer) ? answer : throw new StoreUnavailableException($"Job {spec.Id} was not stored: its idempotency key comes and goes."))];
    }

    /// <summary>Of those with one id, or with one idempotency key, the first: the others are told what became of it.</summary>
    private static JobSpec[] FirstOfEach(IEnumerable<JobSpec> specs)
    {
        HashSet<JobId> ids = [];
        HashSet<(string, string, string)> keys = [];
        var first = specs.Where(spec => ids.Add(spec.Id) && (spec.IdempotencyKey is not { } key || keys.Add((spec.Project, spec.SubmittedBy, key))));
        return [.. first.OrderBy(spec => spec.Project, StringComparer.Ordinal)]; // stable: within a project they keep their order
    }

    /// <summary>Adds all, or none when any is known; within another transaction, what was asked of is known to be new, unless somebody was quicker: then the transaction fails, to be made again.</summary>
    private async ValueTask<bool> TryAddAsync(Session? within, JobSpec[] specs, Dictionary<JobId, Submission> answers, CancellationToken cancellationToken)
    {
        var texts = await statements.IdsAsync(specs.Select(spec => spec.Statement).OfType<string>(), cancellationToken);
        List<long> reserved = [];
        foreach (var group in specs.GroupBy(spec => spec.Project))
        {
            var count = group.Count();
            var first = await projects.ReserveAsync(group.Key, count, cancellationToken);
            for (var i = 0; i < count; i++) reserved.Add(first + i);
        }

        long[] sequences = [.. reserved];
        var call = _call.Make(specs, texts, sequences);
        var added = within is null ? await database.RunAsync((session, token) => AddAsync(session, call, token), cancellationToken) : await within.ScalarAsync<bool>(call, cancellationToken);
        if (added) Learn(specs, sequences, answers);
        else foreach (var group in specs.Zip(sequences).GroupBy(pair => pair.First.Project, pair => pair.Second)) projects.Return(group.Key, group.Last() + 1, group.First());
        return added;
    }

    private static async ValueTask<bool> AddAsync(Session session, Call call, CancellationToken cancellationToken)
    {
        try
        {
            return await session.ScalarAsync<bool>(call, cancellationToken);
        }
        catch (PostgresException known) when (known.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    private void Learn(JobSpec[] specs, long[] sequences, Dictionary<JobId, Submission> answers)
    {
        for (var i = 0; i < specs.Length; i++)
        {
            answers[specs[i].Id] = new Submission.Accepted(sequences[i]);
            newJobs.Remember(specs[i], sequences[i]);
        }

        foreach (var group in specs.GroupBy(spec => (Lane: LaneNames.Of(spec), spec.Priority)))
        {
            queues.Add(lanes.Id(group.Key.Lane), group.Key.Priority, group.Min(spec => spec.RunAt));
        }
    }

    /// <summary>Says of jobs that were not added what was there before.</summary>
    private async ValueTask ExplainAsync(JobSpec[] specs, Dictionary<JobId, Submission> answers, CancellationToken cancellationToken)
    {
        foreach (var (id, sequence) in await database.ListAsync(new Call(SubmitSql.Sequences, Parameters.Uuids(Array.ConvertAll(specs, spec => spec.Id.Value))), row => (new JobId(row.GetGuid(0)), row.GetInt64(1)), cancellationToken))
        {
            answers[id] = new Submission.Accepted(sequence);
        }

        JobSpec[] keyed = [.. specs.Where(spec => spec.IdempotencyKey is not null && !answers.ContainsKey(spec.Id))];
        if (keyed.Length == 0) return;
        foreach (var (ordinal, job, hash) in await database.ListAsync(Keys(keyed), row => (row.GetInt32(0), new JobId(row.GetGuid(1)), row.IsDBNull(2) ? [] : row.GetFieldValue<byte[]>(2)), cancellationToken))
        {
            var spec = keyed[ordinal];
            answers[spec.Id] = hash.AsSpan().SequenceEqual(spec.ContentHash.Span) ? new Submission.Duplicate(job) : new Submission.Conflict(job);
        }
    }

    private Call Keys(JobSpec[] specs) => new(
        SubmitSql.Keys,
        Parameters.Ints([.. Enumerable.Range(0, specs.Length)]),
        Parameters.Ints(Array.ConvertAll(specs, spec => projects.Id(spec.Project))),
        Parameters.Texts(Array.ConvertAll(specs, spec => spec.SubmittedBy)),
        Parameters.Sparse<string>(Array.ConvertAll(specs, spec => spec.IdempotencyKey), NpgsqlDbType.Text));

    private static JobSpec CutOff(JobSpec spec) => IsWhole(spec.CreatedAt) && IsWhole(spec.RunAt) && spec.StartDeadlineAt is null
        ? spec
        : spec with
        {
            CreatedAt = StoreClock.CutOff(spec.CreatedAt),
            RunAt = StoreClock.CutOff(spec.RunAt),
            StartDeadlineAt = StoreClock.CutOff(spec.StartDeadlineAt),
        };

    private static bool IsWhole(DateTimeOffset at) => at.UtcTicks % TimeSpan.TicksPerMicrosecond == 0;

    /// <summary>PostgreSQL keeps no NUL in a text, so none comes in.</summary>
    private static void RefuseNul(JobSpec[] specs)
    {
        foreach (var spec in specs)
        {
            Check(spec, "statement", spec.Statement);
            Check(spec, "params", spec.Params);
            Check(spec, "tool", spec.Tool);
            Check(spec, "source", spec.Source);
            Check(spec, "limit_key", spec.LimitKey);
            Check(spec, "idempotency_key", spec.IdempotencyKey);
            foreach (var (name, value) in spec.Labels) Check(spec, "labels", name + value);
        }
    }

    private static void Check(JobSpec spec, string field, string? text)
    {
        if (text is null || !text.Contains('\0', StringComparison.Ordinal)) return;
        throw new ArgumentException($"{field} of job {spec.Id} holds a NUL character, which PostgreSQL can't keep.");
    }
}
