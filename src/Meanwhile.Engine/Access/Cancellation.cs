using Meanwhile.Dispatch;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>Asks for jobs to be stopped.</summary>
internal sealed class Cancellation(JobLookup lookup, JobViews views, CancelWatch cancels, IJobReader reader, AuditTrail audit)
{
    private const int BatchMax = 1_000;

    /// <summary>Asks for one job; of an ended one, its ending.</summary>
    public async ValueTask<Job> CancelAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        var record = await lookup.RecordAsync(job, caller, cancellationToken);
        JobLookup.NeedToStop(record, caller);
        var written = await RequestAsync([record], caller, cancellationToken);
        return await views.OneAsync(written[0].Job ?? record, cancellationToken);
    }

    /// <summary>Asks for many; each is asked for or refused by itself, also when the text is no id: one bad item must not keep the others running.</summary>
    public async ValueTask<IReadOnlyList<CancelItem>> CancelAsync(IReadOnlyList<string> jobs, Caller caller, CancellationToken cancellationToken)
    {
        if (jobs.Count is 0 or > BatchMax) throw SpecMaker.Invalid([new FieldError("job_ids", $"has {jobs.Count} ids; 1 to {BatchMax} are accepted")]);
        List<JobId?> ids = [];
        foreach (var job in jobs) ids.Add(lookup.IsId(job) ? await lookup.IdAsync(job, caller, cancellationToken) : null);
        var found = await reader.GetAsync([.. ids.Select(id => id ?? JobId.Min)], cancellationToken);
        var refused = jobs.Select((job, i) => Refusal(job, found[i], caller)).ToList();
        var wanted = found.Where((_, i) => refused[i] is null).OfType<JobRecord>().DistinctBy(record => record.Id).ToList();
        var written = wanted.Count == 0 ? [] : await RequestAsync(wanted, caller, cancellationToken);
        var records = written.Select(write => write.Job).OfType<JobRecord>().ToList();
        var seen = (await views.ManyAsync(records, cancellationToken)).ToDictionary(job => job.Id);
        return [.. jobs.Select((job, i) => refused[i] is null && seen.GetValueOrDefault(found[i]!.Id) is { } now ? new CancelItem(now, null) : new CancelItem(null, refused[i] ?? JobLookup.NotFound(job).Problem))];
    }

    private static Problem? Refusal(string job, JobRecord? record, Caller caller)
    {
        if (record is null || !JobLookup.IsVisible(record, caller)) return JobLookup.NotFound(job).Problem;
        return JobLookup.IsOwn(record, caller) || caller.May(Permission.StopAnyJob) ? null : Permissions.Refusal(caller, Permission.StopAnyJob).Problem;
    }

    /// <summary>Stores the wishes, and in the audit log who had them; a job that had ended, or was being stopped already, is no news.</summary>
    private async ValueTask<IReadOnlyList<JobWrite>> RequestAsync(IReadOnlyList<JobRecord> jobs, Caller caller, CancellationToken cancellationToken)
    {
        var written = await cancels.CancelAsync([.. jobs.Select(job => new CancelRequest(job.Id, caller.Principal))], cancellationToken);
        var news = jobs.Where(job => !job.State.Status.IsFinal && job.State.Cancel is null).Select(job => job.Id.ToString()).ToList();
        if (news.Count > 0) await audit.RecordAsync(caller, "job.cancel", news, cancellationToken);
        return written;
    }
}
