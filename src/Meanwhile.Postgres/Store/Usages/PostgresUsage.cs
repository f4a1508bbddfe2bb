using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Submitting;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Usages;

/// <summary>Counts what is used and accepts jobs within limits, both in one transaction that has the projects' locks.</summary>
internal sealed class PostgresUsage(Database database, StoreClock clock, ProjectNames projects, Submitter submitter) : IUsage, IDisposable
{
    /// <summary>How many go at once from this node: they wait for each other's locks, and must not hold the whole pool meanwhile.</summary>
    private const int AtOnceMax = 2;

    private readonly SemaphoreSlim _room = new(AtOnceMax);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<LimitedJob> jobs, CancellationToken cancellationToken)
    {
        await projects.LoadAsync(jobs.Select(job => job.Job.Project), cancellationToken);
        await _room.WaitAsync(cancellationToken);
        try
        {
            return await database.RunAsync((session, token) => SubmitAsync(session, jobs, token), cancellationToken);
        }
        finally
        {
            _room.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Usage> ReadAsync(string project, string? principal, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } id) return default;
        UsageCount[] asked = [.. Enum.GetValues<UsageKind>().Where(kind => principal is null || kind != UsageKind.ResultBytes).Select(kind => new UsageCount(id, principal ?? "", kind))];
        var used = await database.RunAsync(async (session, token) => await UsedAsync(session, asked, await NowAsync(session, [], token), token), cancellationToken);
        long Of(UsageKind kind) => used.GetValueOrDefault(new UsageCount(id, principal ?? "", kind));
        return new Usage(Of(UsageKind.LiveJobs), Of(UsageKind.SubmissionsPerMinute), Of(UsageKind.SubmissionsPerDay), Of(UsageKind.ResultBytes));
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private async ValueTask<IReadOnlyList<Submission>> SubmitAsync(Session session, IReadOnlyList<LimitedJob> jobs, CancellationToken cancellationToken)
    {
        int[] locked = [.. jobs.Select(job => projects.Id(job.Job.Project)).Distinct().Order()];
        var now = await NowAsync(session, [Session.Begin, .. locked.Select(id => new Call(UsageSql.Lock, Parameters.Int(id)))], cancellationToken);
        var used = await UsedAsync(session, [.. jobs.SelectMany(job => job.Limits.Select(limit => CountOf(job, limit))).Distinct()], now, cancellationToken);
        var answers = await submitter.KnownAsync([.. jobs.Select(job => job.Job)], cancellationToken);
        List<LimitedJob> within = [];
        foreach (var job in jobs) // one after the other: what an earlier one takes a later one finds taken
        {
            if (answers.ContainsKey(job.Job.Id)) continue;
            if (Refusal(job, used, now) is { } refusal) answers[job.Job.Id] = refusal;
            else if (Take(job, used)) within.Add(job);
        }

        foreach (var (job, answer) in within.Zip(await submitter.SubmitAsync(session, [.. within.Select(job => job.Job)], cancellationToken))) answers[job.Job.Id] = answer;
        await session.RunAsync([.. Taken(within.Where(job => answers[job.Job.Id] is Submission.Accepted), now), Session.Commit], cancellationToken);
        return [.. jobs.Select(job => answers[job.Job.Id])];
    }

    private async ValueTask<DateTimeOffset> NowAsync(Session session, IReadOnlyList<Call> before, CancellationToken cancellationToken)
    {
        DateTimeOffset now = default;
        await session.RunAsync(
            [.. before, new Call(JobSql.Now, clock.Parameter)],
            async (index, reader, token) =>
            {
                if (index == before.Count(call => call.Parameters.Length > 0) && await reader.ReadAsync(token)) now = reader.GetFieldValue<DateTimeOffset>(0);
            },
            cancellationToken);
        return now;
    }

    private static async ValueTask<Dictionary<UsageCount, long>> UsedAsync(Session session, UsageCount[] asked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var used = await session.ListAsync(
            new Call(
                UsageSql.Used,
                Parameters.Shorts(Array.ConvertAll(asked, count => (short)count.Kind)),
                Parameters.Ints(Array.ConvertAll(asked, count => count.Project)),
                Parameters.Texts(Array.ConvertAll(asked, count => count.Principal)),
                Parameters.Times(Array.ConvertAll(asked, count => UsageWindows.StartOf(count.Kind, now) ?? now))),
            row => row.GetInt64(0),
            cancellationToken);
        return asked.Zip(used).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private Submission.OverLimit? Refusal(LimitedJob job, Dictionary<UsageCount, long> used, DateTimeOffset now)
    {
        foreach (var limit in job.Limits)
        {
            if (used[CountOf(job, limit)] is var count && count >= limit.Max) return new Submission.OverLimit(limit, count, UsageWindows.FreeIn(limit.Kind, now));
        }

        return null;
    }

    private bool Take(LimitedJob job, Dictionary<UsageCount, long> used)
    {
        foreach (var count in job.Limits.Where(limit => limit.Kind != UsageKind.ResultBytes).Select(limit => CountOf(job, limit)).Distinct()) used[count]++;
        return true;
    }

    private IEnumerable<Call> Taken(IEnumerable<LimitedJob> accepted, DateTimeOffset now)
    {
        KeyValuePair<UsageCount, int>[] taken =
        [
            .. accepted.SelectMany(job => job.Limits.Select(limit => CountOf(job, limit)).Distinct()).Where(count => UsageWindows.StartOf(count.Kind, now) is not null)
                .CountBy(count => count).OrderBy(pair => (pair.Key.Project, pair.Key.Principal, pair.Key.Kind)),
        ];
        if (taken.Length == 0) return [];
        return
        [
            new Call(
                UsageSql.Take,
                Parameters.Ints(Array.ConvertAll(taken, pair => pair.Key.Project)),
                Parameters.Texts(Array.ConvertAll(taken, pair => pair.Key.Principal)),
                Parameters.Shorts(Array.ConvertAll(taken, pair => (short)pair.Key.Kind)),
                Parameters.Times(Array.ConvertAll(taken, pair => UsageWindows.StartOf(pair.Key.Kind, now)!.Value)),
                Parameters.Longs(Array.ConvertAll(taken, pair => (long)pair.Value))),
        ];
    }

    private UsageCount CountOf(LimitedJob job, UsageLimit limit) => new(projects.Id(job.Job.Project), limit.Principal ?? "", limit.Kind);
}
