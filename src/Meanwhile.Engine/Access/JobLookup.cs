using Meanwhile.Dispatch;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>Finds the job that a caller names: what is not its project's, not its own where it sees only those, or of a source that does not exist for it, does not exist.</summary>
internal sealed class JobLookup(IJobReader reader, ShortIds shortIds, Dispatcher dispatcher, Intake intake)
{
    /// <summary>The job's id, in whichever form it is given; the job may not exist.</summary>
    /// <exception cref="ProblemException">The text is no id.</exception>
    public async ValueTask<JobId?> IdAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        if (JobId.TryParse(job, out var id)) return id;
        if (shortIds.TryParse(job, out var sequence)) return await reader.FindAsync(caller.Project, sequence, cancellationToken);
        throw SpecMaker.Invalid([new FieldError("job_id", $"is '{RequestCheck.Shown(job)}'; a job id (a UUID) or a short id (j and 8 characters) is accepted")]);
    }

    /// <summary>Whether a text has the form of an id or a short id.</summary>
    public bool IsId(string text) => JobId.TryParse(text, out _) || shortIds.TryParse(text, out _);

    /// <summary>The job.</summary>
    /// <exception cref="ProblemException">There is none that the caller may see.</exception>
    public async ValueTask<JobRecord> RecordAsync(string job, Caller caller, CancellationToken cancellationToken) =>
        await FindAsync(job, caller, cancellationToken) ?? throw NotFound(job);

    /// <summary>The job; null when there is none that the caller may see.</summary>
    public async ValueTask<JobRecord?> FindAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        if (await IdAsync(job, caller, cancellationToken) is not { } id) return null;
        var found = await reader.GetAsync([id], cancellationToken);
        if (found[0] is null && intake.IsUsed)
        {
            await intake.TakeAsync(cancellationToken); // it may just have been committed with a transaction of somebody's own
            found = await reader.GetAsync([id], cancellationToken);
        }

        return found[0] is { } record && IsVisible(record, caller) ? record : null;
    }

    /// <summary>What this node remembers of a job that runs here; null when it does not, or the caller may not see it.</summary>
    public JobRecord? Remembered(string job, Caller caller)
    {
        var record = JobId.TryParse(job, out var id) ? dispatcher.Remembered(id)
            : shortIds.TryParse(job, out var sequence) ? dispatcher.Remembered(caller.Project, sequence)
            : null;
        return record is not null && IsVisible(record, caller) ? record : null;
    }

    /// <summary>Whether a job exists for a caller.</summary>
    public static bool IsVisible(JobRecord record, Caller caller) =>
        record.Spec.Project == caller.Project && (!caller.OwnJobsOnly || IsOwn(record, caller)) && (record.Spec.Source is not { } source || caller.HasSource(source));

    /// <summary>Whether a caller submitted a job.</summary>
    public static bool IsOwn(JobRecord record, Caller caller) => record.Spec.SubmittedBy == caller.Principal;

    /// <summary>Refuses a caller that sees a job but may stop and retry its own alone.</summary>
    public static void NeedToStop(JobRecord record, Caller caller)
    {
        if (!IsOwn(record, caller)) Permissions.Need(caller, Permission.StopAnyJob);
    }

    /// <summary>There is no such job.</summary>
    public static ProblemException NotFound(string job) => new(ProblemCodes.NotFound, $"There is no job '{RequestCheck.Shown(job)}' in this project.");
}
