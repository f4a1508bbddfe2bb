using Meanwhile.Events;
using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>Reads jobs, and waits for them to change.</summary>
internal sealed class JobReading(JobLookup lookup, JobViews views, IJobReader reader, JobChanges changes, TimeProvider time, EngineStop stop)
{
    private const int LimitDefault = 50;
    private const int LimitMax = 1_000;

    /// <summary>The longest wait of one request.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);

    /// <summary>How often a waiter looks for changes that other nodes made.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>The job; what this node remembers of it while the store does not answer.</summary>
    public async ValueTask<Job> GetAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await views.OneAsync(await lookup.RecordAsync(job, caller, cancellationToken), cancellationToken);
        }
        catch (StoreUnavailableException) when (lookup.Remembered(job, caller) is not null)
        {
            return views.Stale(lookup.Remembered(job, caller)!);
        }
    }

    /// <summary>The job once it differs from an ETag, or has ended, or the time is over, or the engine stops.</summary>
    public async ValueTask<Job> WaitAsync(string job, string? etag, TimeSpan atMost, Caller caller, CancellationToken cancellationToken)
    {
        if (atMost < TimeSpan.Zero || atMost > WaitMax) throw SpecMaker.Invalid([new FieldError("wait", $"is {atMost.TotalSeconds} s; 0 to {WaitMax.TotalSeconds} s is accepted")]);
        var start = time.GetTimestamp();
        var id = (await GetAsync(job, caller, cancellationToken)).Id;
        while (true)
        {
            using var changed = changes.Jobs.Arm(id);
            var seen = await GetAsync(id.ToString(), caller, cancellationToken); // after arming, so that no change falls in between
            var left = atMost - time.GetElapsedTime(start);
            if (seen.Status.IsFinal || (etag is not null && seen.ETag != etag) || left <= TimeSpan.Zero || stop.Token.IsCancellationRequested) return seen;
            await stop.AnyAsync(changed.Fired, left < LookEvery ? left : LookEvery, time, cancellationToken);
        }
    }

    /// <summary>Jobs, newest first.</summary>
    public async ValueTask<Page<Job>> ListAsync(JobQuery query, string? cursor, int? limit, Caller caller, CancellationToken cancellationToken)
    {
        var filter = Filter(query, caller);
        if (limit is < 1 or > LimitMax) throw SpecMaker.Invalid([new FieldError("limit", $"is {limit}; 1 to {LimitMax} is accepted")]);
        var list = ListOf(filter);
        var found = await FindAsync(filter, Cursors.ToJobs(list, cursor), limit ?? LimitDefault, caller, cancellationToken);
        var jobs = await views.ManyAsync(found.Jobs, cancellationToken);
        return new Page<Job>(jobs, found.ScannedUntil is { } until ? Cursors.OfJobs(list, until) : null);
    }

    private async ValueTask<JobList> FindAsync(JobFilter filter, JobId? before, int limit, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Sources is null) return await reader.ListAsync(filter, before, limit, cancellationToken);
        if (filter.Source is { } source) return caller.HasSource(source) ? await reader.ListAsync(filter, before, limit, cancellationToken) : new JobList([], null);
        List<JobRecord> visible = [];
        for (var looked = 0; looked < JobList.RowBudget; looked += LimitMax) // the store knows no caller: what is not for this one is left out here
        {
            var read = await reader.ListAsync(filter, before, LimitMax, cancellationToken);
            visible.AddRange(read.Jobs.Where(job => JobLookup.IsVisible(job, caller)).Take(limit - visible.Count));
            if (visible.Count == limit) return new JobList(visible, visible[^1].Id);
            if (read.ScannedUntil is null || read.Jobs.Count < LimitMax) return new JobList(visible, read.ScannedUntil);
            before = read.ScannedUntil;
        }

        return new JobList(visible, before);
    }

    private static JobFilter Filter(JobQuery query, Caller caller)
    {
        List<FieldError> errors = [];
        HashSet<JobStatus> statuses = [];
        bool? scheduled = null;
        foreach (var word in query.Statuses)
        {
            if (word == "scheduled") scheduled = true;
            else if (JobStatuses.FromWord(word) is { } status) statuses.Add(status);
            else errors.Add(new FieldError("status", $"is '{RequestCheck.Shown(word)}'; {string.Join(", ", JobStatuses.All.Select(known => known.Word))} and scheduled are accepted"));
        }

        if (scheduled is true && statuses.Count > 0) errors.Add(new FieldError("status", "has scheduled together with others; ask for scheduled alone"));
        if (query.TraceId is { } trace && (trace.Length != 32 || !trace.All(char.IsAsciiHexDigitLower))) errors.Add(new FieldError("trace_id", $"is '{RequestCheck.Shown(trace)}'; 32 lower-case hex digits are accepted"));
        if (!IsDuration(query.DurationSecondsMin)) errors.Add(new FieldError("duration_min", $"is {query.DurationSecondsMin}; 0 to {DurationSecondsMax} is accepted"));
        if (!IsDuration(query.DurationSecondsMax)) errors.Add(new FieldError("duration_max", $"is {query.DurationSecondsMax}; 0 to {DurationSecondsMax} is accepted"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
        var own = caller.OwnJobsOnly ? caller.Principal : null;
        return new JobFilter
        {
            Project = caller.Project,
            Statuses = statuses,
            Scheduled = scheduled,
            Tool = query.Tool,
            Source = query.Source,
            SubmittedBy = own is not null && query.SubmittedBy is { } asked && asked != own ? NobodysJobs : own ?? query.SubmittedBy,
            Labels = query.Labels,
            TraceId = query.TraceId,
            CreatedFrom = query.CreatedFrom,
            CreatedBefore = query.CreatedBefore,
            DurationMin = query.DurationSecondsMin is { } min ? TimeSpan.FromSeconds(min) : null,
            DurationMax = query.DurationSecondsMax is { } max ? TimeSpan.FromSeconds(max) : null,
            Words = string.IsNullOrWhiteSpace(query.Words) ? null : query.Words,
        };
    }

    /// <summary>10 years: no job runs longer.</summary>
    private const double DurationSecondsMax = 315_360_000;

    private static bool IsDuration(double? seconds) => seconds is null or (>= 0 and <= DurationSecondsMax);

    /// <summary>No principal has this name: whoever sees only its own jobs and asks for another's gets an empty list.</summary>
    private const string NobodysJobs = "";

    private static string ListOf(JobFilter filter) => Cursors.List(
        "jobs",
        filter.Project,
        string.Join(',', filter.Statuses.Order()),
        $"{filter.Scheduled}",
        filter.Tool,
        filter.Source,
        filter.SubmittedBy,
        string.Join(',', filter.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")),
        filter.TraceId,
        $"{filter.CreatedFrom?.UtcTicks}",
        $"{filter.CreatedBefore?.UtcTicks}",
        $"{filter.DurationMin}",
        $"{filter.DurationMax}",
        filter.Words);
}
