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
        var written = await RequestAsync([record], caller, cancellationToken);
        return await views.OneAsync(written[0].Job ?? record, cancellationToken);
    }

    /// <summary>Asks for many; null where there is no such job, also when the text is no id: one bad item must not keep the others running.</summary>
    public async ValueTask<IReadOnlyList<Job?>> CancelAsync(IReadOnlyList<string> jobs, Caller caller, CancellationToken cancellationToken)
    {
        if (jobs.Count is 0 or > BatchMax) throw SpecMaker.Invalid([new FieldError("job_ids", $"has {jobs.Count} ids; 1 to {BatchMax} are accepted")]);
        List<JobId?> ids = [];
        foreach (var job in jobs) ids.Add(lookup.IsId(job) ? await lookup.IdAsync(job, caller, cancellationToken) : null);
        var found = await reader.GetAsync([.. ids.Select(id => id ?? JobId.Min)], cancellationToken);
        var visible = found.Select(record => record is not null && JobLookup.IsVisible(record, caller) ? record : null).ToList();
        var wanted = visible.OfType<JobRecord>().DistinctBy(record => record.Id).ToList();
        if (wanted.Count == 0) return [.. visible.Select(_ => (Job?)null)];

        var written = await RequestAsync(wanted, caller, cancellationToken);
        var records = written.Select(write => write.Job).OfType<JobRecord>().ToList();
        var seen = (await views.ManyAsync(records, cancellationToken)).ToDictionary(job => job.Id);
        return [.. visible.Select(record => record is null ? null : seen.GetValueOrDefault(record.Id))];
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
