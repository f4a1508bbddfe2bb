using System.Text.Json;
using Meanwhile.Dispatch;
using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Quotas;
using Meanwhile.Registry;
using Meanwhile.Sources;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>Accepts jobs.</summary>
internal sealed class Submissions(
    SpecMaker specs,
    Submitter submitter,
    QuotaTable quotas,
    JobLookup lookup,
    JobViews views,
    SourceCatalog sources,
    Dispatcher dispatcher,
    NodeHerald herald,
    JobChanges changes,
    JobIdMaker ids,
    TimeProvider time)
{
    private const int BatchMax = 1_000;

    /// <summary>Accepts one job.</summary>
    public async ValueTask<Accepted> SubmitAsync(JobRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var spec = specs.Make(request, caller);
        return await StoreAsync(spec, caller, cancellationToken);
    }

    /// <summary>Accepts many; each is accepted or refused by itself.</summary>
    public async ValueTask<IReadOnlyList<BatchItem>> SubmitAsync(IReadOnlyList<JobRequest> requests, Caller caller, CancellationToken cancellationToken)
    {
        if (requests.Count is 0 or > BatchMax) throw SpecMaker.Invalid([new FieldError("jobs", $"has {requests.Count} jobs; 1 to {BatchMax} are accepted")]);
        var items = requests.Select(request => SubmitItemAsync(request, caller, cancellationToken)).ToList(); // side by side, so that they share writes
        return await Task.WhenAll(items);
    }

    /// <summary>Submits an ended job's work again.</summary>
    public async ValueTask<Job> RetryAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        var old = await lookup.RecordAsync(job, caller, cancellationToken);
        JobLookup.NeedToStop(old, caller);
        if (!old.State.Status.IsFinal) throw new ProblemException(StillLives(old));
        if (old.State.Expired) throw new ProblemException(ResultAccess.Gone(old));
        var now = time.GetUtcNow();
        var spec = old.Spec with
        {
            Id = ids.Next(),
            SubmittedBy = caller.Principal,
            CreatedAt = now,
            RunAt = now,
            StartDeadlineAt = old.Spec.StartDeadlineAt is { } deadline ? now + (deadline - old.Spec.RunAt) : null,
            IdempotencyKey = null,
            ContentHash = default,
            RetryOf = old.Id,
        };
        return (await StoreAsync(spec, caller, cancellationToken)).Job;
    }

    /// <summary>Checks a submission without making a job of it.</summary>
    public async ValueTask<StatementCheck> DryRunAsync(JobRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var spec = specs.Make(request, caller);
        if (spec.Source is not { } source || spec.Statement is not { } sql) throw NoDryRun($"tool '{spec.Tool}' has no dry run");
        await using var use = sources.Open(caller.Project, source);
        if (!use.Source.Capabilities.DryRun) throw NoDryRun($"a source of type '{use.Definition.Type}' can't check a statement without running it");
        using var parameters = JsonDocument.Parse(spec.Params);
        var (check, error) = await use.Source.CheckAsync(QueryTool.Request(sql, parameters.RootElement, "mw:dry_run"), cancellationToken);
        return check ?? throw new ProblemException(new Problem { Code = ProblemCodes.InvalidRequest, Detail = error!.Message, Errors = [new FieldError("params.sql", Describe(error))] });
    }

    private static string Describe(JobError error) =>
        error.Message + (error.Position is { } position ? $" (at character {position})" : "") + (error.Hint is { } hint ? $" {hint}" : "");

    private async Task<BatchItem> SubmitItemAsync(JobRequest request, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return new BatchItem(await SubmitAsync(request, caller, cancellationToken), null);
        }
        catch (ProblemException refused)
        {
            return new BatchItem(null, refused.Problem);
        }
        catch (StoreUnavailableException)
        {
            return new BatchItem(null, StoreOutage.Unavailable()); // this one alone: others of the batch may be accepted
        }
    }

    private async ValueTask<Accepted> StoreAsync(JobSpec spec, Caller caller, CancellationToken cancellationToken)
    {
        var stored = await submitter.SubmitAsync(spec, quotas.LimitsOf(spec.Project, spec.SubmittedBy), cancellationToken);
        return await AnswerAsync(spec, stored, caller, cancellationToken);
    }

    private async ValueTask<Accepted> AnswerAsync(JobSpec spec, Submission stored, Caller caller, CancellationToken cancellationToken)
    {
        switch (stored)
        {
            case Submission.Accepted accepted:
                changes.Tell(spec.Id, spec.Project);
                changes.Work.Fire(spec.Tool);
                if (dispatcher.Wake(spec.RunAt)) herald.Work();
                return new Accepted(await views.AcceptedAsync(new JobRecord(accepted.Sequence, spec, JobState.Accepted(spec), null), cancellationToken), Created: true);
            case Submission.Duplicate duplicate:
                var existing = await lookup.RecordAsync(duplicate.Existing.ToString(), caller, cancellationToken);
                return new Accepted(await views.OneAsync(existing, cancellationToken), Created: false);
            case Submission.Conflict conflict:
                throw new ProblemException(new Problem
                {
                    Code = ProblemCodes.IdempotencyConflict,
                    Detail = $"The idempotency key '{spec.IdempotencyKey}' was used with other content, for job {conflict.Existing}. Use another key, or send the same content.",
                    JobId = conflict.Existing.ToString(),
                });
            case Submission.OverLimit over:
                throw new ProblemException(QuotaRefusals.Of(spec.Project, over));
            default:
                throw new InvalidOperationException($"{stored} is no answer to a submission.");
        }
    }

    private static Problem StillLives(JobRecord job) => new()
    {
        Code = ProblemCodes.Conflict,
        Detail = $"The job is {job.State.Status.Word}; only an ended job can be retried. Cancel it first, or wait.",
        JobId = job.Id.ToString(),
        Status = job.State.Status.Word,
    };

    private static ProblemException NoDryRun(string why) => new(new Problem
    {
        Code = ProblemCodes.NotSupported,
        Detail = $"dry_run is not supported: {why}.",
        Errors = [new FieldError("dry_run", why)],
    });
}
