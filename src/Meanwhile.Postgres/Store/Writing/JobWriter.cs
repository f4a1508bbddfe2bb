using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>Changes jobs by <see cref="Transitions"/>: locks the rows, decides here, and writes all of it in one statement.</summary>
/// <remarks>For jobs that this node runs the lock is left out: what is remembered decides, and the statement writes only rows that still are as remembered.</remarks>
internal sealed class JobWriter(Database database, StoreClock clock, RunningJobs running, WaitingQueues queues)
{
    /// <summary>Changes many jobs in one transaction; answers in the order of what was asked.</summary>
    public async ValueTask<IReadOnlyList<JobWrite>> ChangeAsync<T>(IReadOnlyList<T> items, Func<T, JobId> jobOf, Func<T, JobChange> changeOf, CancellationToken cancellationToken)
    {
        var answers = new JobWrite?[items.Count];
        await ChangeRememberedAsync(items, jobOf, changeOf, answers, cancellationToken);
        int[] rest = [.. Enumerable.Range(0, answers.Length).Where(i => answers[i] is null)];
        if (rest.Length == 0) return answers!;
        await LockAsync(
            rest.Select(i => jobOf(items[i])),
            locked =>
            {
                foreach (var i in rest) answers[i] = locked.Change(jobOf(items[i]), changeOf(items[i]));
                return true;
            },
            cancellationToken);
        return answers!;
    }

    /// <summary>Locks jobs, lets the caller decide, and writes what it decided, all in one transaction.</summary>
    /// <param name="decide">May be called several times, when the transaction is rolled back because of another.</param>
    public async ValueTask<T> LockAsync<T>(IEnumerable<JobId> ids, Func<LockedJobs, T> decide, CancellationToken cancellationToken)
    {
        var (answer, after) = await database.RunAsync(
            async (session, token) =>
            {
                var locked = await LockAsync(session, [Session.Begin], ids, token);
                var decided = decide(locked);
                return (decided, await WriteAsync(session, locked, [Session.Commit], token));
            },
            cancellationToken);
        after();
        return answer;
    }

    /// <summary>Locks jobs within a transaction, or with which one begins.</summary>
    /// <param name="before">Statements that go before, in the same round trip; they answer no rows.</param>
    public async ValueTask<LockedJobs> LockAsync(Session session, IReadOnlyList<Call> before, IEnumerable<JobId> ids, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. ids.Distinct().Order().Select(id => id.Value)];
        Dictionary<JobId, JobRecord> jobs = [];
        DateTimeOffset now = default;
        await session.RunAsync(
            [.. before, new Call(JobSql.Lock, Parameters.Uuids(asked)), new Call(JobSql.Now, clock.Parameter)],
            async (index, reader, token) =>
            {
                while (await reader.ReadAsync(token))
                {
                    if (index == 1) now = clock.Learn(reader.GetFieldValue<DateTimeOffset>(0));
                    else Take(jobs, JobRows.Read(reader));
                }
            },
            cancellationToken);
        Guid[] missing = [.. asked.Where(id => !jobs.ContainsKey(new JobId(id)))];
        if (missing.Length == 0) return new LockedJobs(jobs, now);
        // in a second statement: in the first one, a job that was just being moved shows in neither place
        foreach (var ended in await session.ListAsync(new Call(JobSql.EndedById, Parameters.Uuids(missing)), JobRows.Read, cancellationToken)) Take(jobs, ended);
        return new LockedJobs(jobs, now);
    }

    /// <summary>Writes what was decided within a transaction.</summary>
    /// <param name="after">Statements that go after, in the same round trip; they answer no rows.</param>
    /// <returns>What to do once it is committed.</returns>
    public async ValueTask<Action> WriteAsync(Session session, LockedJobs locked, IReadOnlyList<Call> after, CancellationToken cancellationToken)
    {
        List<(JobId Job, int LaneId)> written = [];
        await session.RunAsync(
            [.. locked.Rounds.Select(DecisionCall.Write), .. locked.Besides, .. after],
            async (_, reader, token) =>
            {
                while (await reader.ReadAsync(token)) written.AddRange(DecisionCall.Written(reader));
            },
            cancellationToken);
        if (written.Count != locked.Rounds.Sum(round => round.Count)) throw new InvalidOperationException("A locked job was changed by another transaction.");
        return () =>
        {
            foreach (var job in locked.Changed) running.Renew(job);
            foreach (var (job, lane) in written) Learn(locked.Find(job)!, lane);
        };
    }

    private static void Take(Dictionary<JobId, JobRecord> jobs, JobRecord job) => jobs[job.Id] = job;

    private void Learn(JobRecord job, int laneId)
    {
        running.Renew(job);
        if (job.State.Status == JobStatus.Pending) queues.Add(laneId, job.Spec.Priority, job.State.RunAt);
    }

    private async ValueTask ChangeRememberedAsync<T>(IReadOnlyList<T> items, Func<T, JobId> jobOf, Func<T, JobChange> changeOf, JobWrite?[] answers, CancellationToken cancellationToken)
    {
        if (clock.Now is not { } now) return;
        var once = items.CountBy(jobOf).Where(count => count.Value == 1).Select(count => count.Key).ToHashSet(); // of two changes of a job, the second sees what the first did
        Dictionary<JobId, (int Index, WriteResult Result, Decision Decision)> decided = [];
        for (var i = 0; i < items.Count; i++)
        {
            var id = jobOf(items[i]);
            if (!once.Contains(id) || running.Find(id) is not { } job) continue;
            var (result, decision) = Decision.Make(job, changeOf(items[i]), now > job.State.UpdatedAt ? now : job.State.UpdatedAt);
            if (decision is not null) decided.Add(id, (i, result, decision));
        }

        if (decided.Count == 0) return;
        var call = DecisionCall.Write([.. decided.Values.Select(item => item.Decision)]);
        foreach (var (id, lane) in (await database.ListAsync(call, DecisionCall.Written, cancellationToken))[0])
        {
            var (index, result, decision) = decided[id];
            answers[index] = new JobWrite(result, decision.After);
            Learn(decision.After, lane);
        }
    }
}
