using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Writing;

namespace Meanwhile.Postgres.Store.Claims;

/// <summary>What came of taking jobs.</summary>
/// <param name="Jobs">Those taken, in the order of the picks.</param>
/// <param name="Lost">Those that another claim was quicker to take.</param>
/// <param name="More">Whether due work with room is left; null = as was known before.</param>
internal sealed record Taken(IReadOnlyList<ClaimedJob> Jobs, IReadOnlyCollection<Guid> Lost, bool? More);

/// <summary>Takes chosen jobs for a node.</summary>
internal sealed class JobTaker(Database database, StoreClock clock, RunningCounts counts, NewJobs newJobs, RunningJobs runningJobs)
{
    /// <summary>How far behind the oldest running job that was seen a limit's count begins: no transaction that claims takes so long to commit, and no clock is set back so far.</summary>
    private static readonly TimeSpan LimitTrail = TimeSpan.FromMinutes(1);

    private readonly record struct Owner(NodeEpoch Node, int Id);

    /// <summary>Takes what is still there.</summary>
    /// <returns>Null when the node's epoch has ended.</returns>
    public async ValueTask<Taken?> TakeAsync(ClaimRequest request, int nodeId, DueLook look, IReadOnlyList<ClaimCandidate> picks, CancellationToken cancellationToken)
    {
        var owner = new Owner(request.Node, nodeId);
        var keys = FiniteKeys(request, look, picks);
        var taken = await database.RunAsync(
            (session, token) => keys.Count == 0 ? TakeAsync(session, owner, look, picks, null, [], token) : TakeLimitedAsync(session, request, owner, look, keys, token),
            cancellationToken);
        if (taken is not null) foreach (var job in taken.Jobs) runningJobs.Remember(job.Job);
        return taken;
    }

    /// <summary>The keys with a finite limit that the picks count under.</summary>
    private static HashSet<string> FiniteKeys(ClaimRequest request, DueLook look, IReadOnlyList<ClaimCandidate> picks)
    {
        var picked = picks.Select(pick => pick.RowId).ToHashSet();
        return [.. look.Lanes.Where(lane => lane.Jobs.Exists(job => picked.Contains(job.RowId))).SelectMany(lane => FiniteKeys(request, lane.Lane))];
    }

    /// <summary>The keys with a finite limit that a lane's jobs count under.</summary>
    public static IEnumerable<string> FiniteKeys(ClaimRequest request, Lane lane)
    {
        string[] keys = [LimitKeys.OfProject(lane.Project), LimitKeys.OfTool(lane.Tool), .. lane.LimitKey.Length > 0 ? [LimitKeys.OfCaller(lane.Project, lane.LimitKey)] : (string[])[]];
        var finite = keys.Where(request.Limits.ContainsKey);
        if (lane.Source.Length == 0) return finite;
        var source = LimitKeys.OfSource(lane.Project, lane.Source, request.SharedSources.Contains(lane.Source));
        return request.Limits.ContainsKey(source) || request.SourceLimitDefault < int.MaxValue ? finite.Append(source) : finite;
    }

    /// <summary>Locks the limits, counts again, chooses again, and takes what the locked limits cover.</summary>
    private async ValueTask<Taken?> TakeLimitedAsync(Session session, ClaimRequest request, Owner owner, DueLook look, HashSet<string> keys, CancellationToken cancellationToken)
    {
        Dictionary<int, int> running = [];
        await session.RunAsync(
            [Session.Begin, new Call(ClaimSql.LockKeys, Parameters.Texts([.. keys])), counts.Count(LimitTrail)], // the count sees all that was claimed before the lock was given
            async (index, reader, token) =>
            {
                while (await reader.ReadAsync(token))
                {
                    if (index == 1) running[reader.GetInt32(0)] = reader.GetInt32(1);
                }
            },
            cancellationToken);
        var (picks, more) = look.Plan(request, await counts.NameAsync(running, cancellationToken));
        var locked = look.Lanes.Where(lane => FiniteKeys(request, lane.Lane).All(keys.Contains)).SelectMany(lane => lane.Jobs.Select(job => job.RowId)).ToHashSet();
        ClaimCandidate[] covered = [.. picks.Where(pick => locked.Contains(pick.RowId))]; // others are chosen instead when the counts have changed: they wait for the next claim
        return await TakeAsync(session, owner, look, covered, more || covered.Length < picks.Count, [Session.Commit], cancellationToken);
    }

    private async ValueTask<Taken?> TakeAsync(Session session, Owner owner, DueLook look, IReadOnlyList<ClaimCandidate> picks, bool? more, IReadOnlyList<Call> after, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. picks.Select(pick => look.Jobs[(int)pick.RowId].Id)];
        var (decisions, checkpoints) = await DecideAsync(session, owner.Node, look.Read, ids, cancellationToken);
        HashSet<JobId> written = [];
        var lives = false;
        await session.RunAsync(
            [DecisionCall.Claim(decisions, owner.Id), new Call(NodeSql.Lives, Parameters.Int(owner.Id)), .. after],
            async (index, reader, token) =>
            {
                while (await reader.ReadAsync(token))
                {
                    if (index == 0) written.UnionWith(DecisionCall.Written(reader).Select(job => job.Job));
                    else lives = reader.GetBoolean(0);
                }
            },
            cancellationToken);
        if (written.Count == 0 && !lives) return null;
        var byId = decisions.ToDictionary(decision => decision.Before.Id, decision => decision.After);
        ClaimedJob[] jobs = [.. ids.Select(id => new JobId(id)).Where(written.Contains).Select(id => new ClaimedJob(byId[id], checkpoints.GetValueOrDefault(id)))];
        return new Taken(jobs, [.. ids.Where(id => !written.Contains(new JobId(id)))], more);
    }

    /// <summary>Decides on the jobs as they are remembered or were read already or, the others, as they are read now.</summary>
    private async ValueTask<(List<Decision> Decisions, Dictionary<JobId, string> Checkpoints)> DecideAsync(Session session, NodeEpoch node, ReadJobs read, Guid[] ids, CancellationToken cancellationToken)
    {
        Dictionary<JobId, JobRecord> jobs = [];
        Dictionary<JobId, string> checkpoints = new(read.Checkpoints);
        foreach (var id in ids.Select(id => new JobId(id)))
        {
            if ((newJobs.Take(id) ?? read.Jobs.GetValueOrDefault(id)) is { } job) jobs.Add(id, job);
        }

        var now = jobs.Count == ids.Length && clock.Now is { } known ? known : await FillAsync(session, [.. ids.Where(id => !jobs.ContainsKey(new JobId(id)))], jobs, checkpoints, cancellationToken);
        var change = new JobChange.Claim(node);
        var decided = ids.Select(id => jobs.GetValueOrDefault(new JobId(id))).OfType<JobRecord>().Select(job => Decision.Make(job, change, now > job.State.UpdatedAt ? now : job.State.UpdatedAt).Decision);
        return ([.. decided.OfType<Decision>()], checkpoints);
    }

    /// <summary>Reads jobs that are likely to be taken and not remembered.</summary>
    public async ValueTask<ReadJobs> ReadAsync(DueLook look, IReadOnlyList<ClaimCandidate> picks, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. picks.Select(pick => look.Jobs[(int)pick.RowId].Id).Where(id => !newJobs.Knows(new JobId(id)))];
        if (ids.Length == 0) return ReadJobs.None;
        return await database.RunAsync(
            async (session, token) =>
            {
                Dictionary<JobId, JobRecord> jobs = [];
                Dictionary<JobId, string> checkpoints = [];
                await FillAsync(session, ids, jobs, checkpoints, token);
                return new ReadJobs(jobs, checkpoints);
            },
            cancellationToken);
    }

    /// <summary>Reads jobs and their checkpoints into what there is.</summary>
    /// <returns>The database's time.</returns>
    private async ValueTask<DateTimeOffset> FillAsync(Session session, Guid[] ids, Dictionary<JobId, JobRecord> jobs, Dictionary<JobId, string> checkpoints, CancellationToken cancellationToken)
    {
        DateTimeOffset now = default;
        await session.RunAsync(
            [new Call(JobSql.Waiting, Parameters.Uuids(ids)), new Call(JobSql.Checkpoints, Parameters.Uuids(ids)), new Call(JobSql.Now, clock.Parameter)],
            async (index, reader, token) =>
            {
                while (await reader.ReadAsync(token))
                {
                    if (index == 2) now = clock.Learn(reader.GetFieldValue<DateTimeOffset>(0));
                    else if (index == 1) checkpoints[new JobId(reader.GetGuid(0))] = reader.GetString(1);
                    else if (JobRows.Read(reader) is var job) jobs[job.Id] = job;
                }
            },
            cancellationToken);
        return now;
    }
}
