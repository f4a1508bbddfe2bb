using Meanwhile.Sqlite.Store.Jobs;
using Meanwhile.Sqlite.Store.Writing;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Usages;

/// <summary>Counts what is used, where everything is written: by the writer.</summary>
internal sealed class SqliteUsage(StoreWriter writer) : IUsage
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<LimitedJob> jobs, CancellationToken cancellationToken) => writer.WriteAsync<IReadOnlyList<Submission>>(
        session =>
        {
            var answers = new Submission[jobs.Count];
            for (var i = 0; i < answers.Length; i++) answers[i] = Submit(session, jobs[i]);
            return answers;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Usage> ReadAsync(string project, string? principal, CancellationToken cancellationToken) => writer.WriteAsync(
        session =>
        {
            var (row, now) = (session.Projects.Find(project), session.Now);
            long Used(UsageKind kind) => session.Usage.Used(row, kind, principal, now);
            return new Usage(Used(UsageKind.LiveJobs), Used(UsageKind.SubmissionsPerMinute), Used(UsageKind.SubmissionsPerDay), principal is null ? Used(UsageKind.ResultBytes) : 0);
        },
        cancellationToken);

    private static Submission Submit(WriteSession session, LimitedJob limited)
    {
        var job = limited.Job;
        if (SqliteJobStore.Known(session, job) is { } known) return known;
        var (project, now) = (session.Projects.Find(job.Project), session.Now);
        foreach (var limit in limited.Limits)
        {
            var used = session.Usage.Used(project, limit.Kind, limit.Principal, now);
            if (used >= limit.Max) return new Submission.OverLimit(limit, used, UsageTable.FreeIn(limit.Kind, now));
        }

        session.Usage.Take(session.Projects.Of(job.Project), limited.Limits, now);
        return new Submission.Accepted(session.Jobs.Add(job));
    }
}
