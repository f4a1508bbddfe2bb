using Meanwhile.Jobs;
using Meanwhile.Stores;

namespace Meanwhile.Testing.Stores;

public sealed partial class ModelStore : IUsage
{
    private readonly Dictionary<(string Project, string? Principal, UsageKind Kind), (DateTimeOffset Window, long Used)> _submissions = [];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<LimitedJob> jobs, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult<IReadOnlyList<Submission>>([.. jobs.Select(Submit)]);
    }

    /// <inheritdoc/>
    public ValueTask<Usage> ReadAsync(string project, string? principal, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = Now;
            long Of(UsageKind kind) => Used(project, principal, kind, now);
            return ValueTask.FromResult(new Usage(
                Of(UsageKind.LiveJobs), Of(UsageKind.SubmissionsPerMinute), Of(UsageKind.SubmissionsPerDay), principal is null ? Of(UsageKind.ResultBytes) : 0));
        }
    }

    private Submission Submit(LimitedJob limited)
    {
        var (job, now) = (limited.Job, Now);
        if (_jobs.ContainsKey(job.Id) || (job.IdempotencyKey is { } key && _keys.ContainsKey((job.Project, job.SubmittedBy, key)))) return Submit(job);
        foreach (var limit in limited.Limits)
        {
            var used = Used(job.Project, limit.Principal, limit.Kind, now);
            if (used >= limit.Max) return new Submission.OverLimit(limit, used, WindowOf(limit.Kind) is { } window ? StartOf(window, now) + window - now : null);
        }

        foreach (var limit in limited.Limits)
        {
            if (WindowOf(limit.Kind) is { } window) _submissions[(job.Project, limit.Principal, limit.Kind)] = (StartOf(window, now), Used(job.Project, limit.Principal, limit.Kind, now) + 1);
        }

        return Submit(job);
    }

    private long Used(string project, string? principal, UsageKind kind, DateTimeOffset now)
    {
        var jobs = _jobs.Values.Where(job => job.Spec.Project == project && (principal is null || job.Spec.SubmittedBy == principal));
        return kind switch
        {
            UsageKind.LiveJobs => jobs.Count(job => !job.State.Status.IsFinal),
            UsageKind.ResultBytes => jobs.Sum(job => job.State.Result?.StoredBytes ?? 0),
            UsageKind.SubmissionsPerMinute or UsageKind.SubmissionsPerDay =>
                _submissions.TryGetValue((project, principal, kind), out var counted) && counted.Window == StartOf(WindowOf(kind)!.Value, now) ? counted.Used : 0,
        };
    }

    private static TimeSpan? WindowOf(UsageKind kind) => kind switch
    {
        UsageKind.SubmissionsPerMinute => TimeSpan.FromMinutes(1),
        UsageKind.SubmissionsPerDay => TimeSpan.FromDays(1),
        UsageKind.LiveJobs or UsageKind.ResultBytes => null,
    };

    private static DateTimeOffset StartOf(TimeSpan window, DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % window.Ticks), TimeSpan.Zero);
}
