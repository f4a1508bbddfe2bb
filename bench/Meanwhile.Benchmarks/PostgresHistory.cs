using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Testing.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Benchmarks;

/// <summary>Fills the history of a store on PostgreSQL with what a busy day leaves: a few jobs that really ran, and many rows like theirs.</summary>
internal static class PostgresHistory
{
    private const int Batch = 100_000;
    private const int SampleMax = 1_000;
    private static readonly TimeSpan Span = TimeSpan.FromHours(23); // their results are still kept, and the store has partitions for their time

    /// <summary>Rows like those of the jobs that ran, spread over the time. Parameters: $1 and $2 first and last number, $3 the sequence before, $4 the time of number 0, $5 microseconds between two.</summary>
    private const string Fill = // language=postgresql
        """
        with ran as materialized (
            select history.*, row_number() over (order by history.sequence) as place
            from meanwhile.job_sequence cross join unnest(job_ids) as few (job_id) join meanwhile.history on history.job_id = few.job_id
            where job_sequence.project_id = (select project_id from meanwhile.project where name = 'default') and first <= $3
        ),
        made as materialized (
            select n, at, (encode(int8send(((extract(epoch from at) * 1000)::bigint << 16) | 28672 | (n & 4095)), 'hex') || '8' || left(md5(n::text), 15))::uuid as new_id,
                case when n % 100 = 0 then 1 when n % 20 = 1 then 2 when n % 20 = 11 then 3 when n % 4 = 0 then 4 when n % 3 = 0 then 5 else 6 end as place
            from generate_series($1::bigint, $2::bigint) as n
            cross join lateral (select $4::timestamptz + n * $5::double precision * interval '1 microsecond' as at) as time
        ),
        bodies as (
            insert into meanwhile.body (job_id, statement_id, params, labels)
            select new_id, statement_id, params, labels from made join ran using (place) join meanwhile.body on body.job_id = ran.job_id order by n -- as they come, whatever the plan
        ),
        sequenced as (
            insert into meanwhile.job_sequence (project_id, first, job_ids)
            select project_id, $3 + min(n), array_agg(new_id order by n) from made join ran using (place) group by project_id, n / 64
        ),
        labelled as (
            insert into meanwhile.label (project_id, name, value, job_id)
            select ran.project_id, name, value, new_id from made join ran using (place) join meanwhile.label on label.job_id = ran.job_id
        ),
        counted as (
            insert into meanwhile.status_delta (project_id, status, delta) select project_id, status, count(*) from made join ran using (place) group by project_id, status
        )
        insert into meanwhile.history (job_id, sequence, version, event_count, last_batch, fence, ttl, timeout, created_at, first_run_at, run_at, updated_at, started_at, project_id, lane_id,
            max_attempts, attempt, attempts_counted, status, priority, idempotent, effects_begun, submitted_by, finish_id, error, finished_at, expires_at, result)
        select new_id, $3 + n, version, event_count, last_batch, fence, ttl, timeout, at, at, at, at + took, at + interval '20 milliseconds', project_id, lane_id,
            max_attempts, attempt, attempts_counted, status, priority, idempotent, effects_begun, submitted_by, finish_id, error, at + took, at + took + ttl * interval '1 microsecond', result
        from made
        join ran using (place)
        cross join lateral (select n % 60 * interval '1 second' as took) as time
        order by n
        """;

    private const string Sample = // language=postgresql
        """
        select job_id
        from unnest($1::bigint[]) as asked (sequence)
        cross join lateral (
            select job_ids[(sequence - first + 1)::integer] as job_id from meanwhile.job_sequence
            where project_id = (select project_id from meanwhile.project where name = 'default') and first <= sequence
            order by first desc limit 1) as named
        order by sequence
        """;

    /// <summary>Fills, and returns a sample of the ids.</summary>
    /// <param name="directory">Of the server that will be started on the store: it finds the admin key there.</param>
    public static async Task<List<JobId>> FillAsync(TemporaryCluster cluster, string directory, int jobs)
    {
        await RunAFewAsync(cluster.ConnectionString(), ChildServer.AdminKeyFile(directory));
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString() + ";Command Timeout=0;Options=-c synchronous_commit=off");
        await using var take = source.CreateCommand("update meanwhile.project set last_sequence = last_sequence + $1 where name = 'default' returning last_sequence - $1");
        take.Parameters.Add(new NpgsqlParameter { Value = (long)jobs });
        var before = (long)(await take.ExecuteScalarAsync())!;
        var begin = DateTimeOffset.UtcNow - Span;
        await Bench.ConcurrentlyAsync(2, (jobs + Batch - 1) / Batch, async i =>
        {
            await using var fill = source.CreateCommand(Fill);
            foreach (var value in new object[] { ((long)i * Batch) + 1, Math.Min(jobs, (i + 1L) * Batch), before, begin, Span.TotalMicroseconds / jobs }) fill.Parameters.Add(new NpgsqlParameter { Value = value });
            await fill.ExecuteNonQueryAsync();
        });
        await cluster.RunAsync("vacuumdb", ["-d", "postgres", "-z", "-q"]);

        await using var sample = source.CreateCommand(Sample);
        var every = Math.Max(1, jobs / SampleMax);
        sample.Parameters.Add(new NpgsqlParameter { Value = Enumerable.Range(1, jobs / every).Select(n => before + ((long)n * every)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        List<JobId> ids = [];
        await using var reader = await sample.ExecuteReaderAsync();
        while (await reader.ReadAsync()) ids.Add(new JobId(reader.GetGuid(0)));
        return ids;
    }

    /// <summary>Jobs of six kinds, by the engine: the order is that of the places in <see cref="Fill"/>.</summary>
    private static async Task RunAFewAsync(string connectionString, string adminKeyFile)
    {
        await using var bench = await Bench.StartAsync(options => options.AdminKeyFile = adminKeyFile, connectionString);
        var statement = Bench.Query("select 1 as flights");
        (string Principal, JobRequest Request)[] few =
        [
            ("alice", Bench.Query("select * from nowhere")),
            ("alice", statement with { Labels = new Dictionary<string, string> { ["team"] = "red" } }),
            ("bob", statement with { Labels = new Dictionary<string, string> { ["team"] = "blue" } }),
            ("bob", Bench.NoopRequest),
            ("alice", statement),
            ("bob", statement),
        ];
        foreach (var (principal, request) in few)
        {
            await bench.Host.As(Bench.Caller with { Principal = principal }).SubmitAsync(request, default);
            await bench.DrainedAsync();
        }
    }
}
