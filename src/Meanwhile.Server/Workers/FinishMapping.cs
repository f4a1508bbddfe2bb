using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Workers;

namespace Meanwhile.Server.Workers;

/// <summary>The ends of attempts as the door takes them.</summary>
internal static class FinishMapping
{
    private static readonly ErrorKind[] Kinds = [.. Enum.GetValues<ErrorKind>().Where(kind => kind != ErrorKind.Canceled)];

    /// <summary>What a body says.</summary>
    public static WorkerFinish Of(WorkerFinishSubmission submission)
    {
        if (submission.DelaySeconds is { } seconds && !(seconds is >= 0 and <= 31_536_000)) throw Refusals.Field("delay_seconds", FormattableString.Invariant($"is {seconds}; 0 to 31536000 is accepted"));
        return new WorkerFinish
        {
            Outcome = Outcome(submission.Outcome),
            FinishId = submission.FinishId is null ? null : Guid.TryParseExact(submission.FinishId, "D", out var id) ? id : throw Refusals.Field("finish_id", $"is '{Refusals.Short(submission.FinishId)}'; a UUID is accepted"),
            Summary = submission.Summary?.GetRawText(),
            Error = submission.Error is { } failure ? Error(failure) : null,
            Delay = submission.DelaySeconds is { } delay ? TimeSpan.FromSeconds(delay) : null,
            Reason = submission.Reason,
        };
    }

    /// <summary>What an endpoint's body says.</summary>
    public static WorkerFinish OfEndpoint(WorkerFinishSubmission submission)
    {
        if (submission.Attempt is not null || submission.Fence is not null) throw Refusals.Field(submission.Attempt is not null ? "attempt" : "fence", "is given, but only workers hold attempts; leave it out");
        if (submission.FinishId is not null) throw Refusals.Field("finish_id", "is given, but a call is answered once; leave it out");
        if (submission.Columns is not null) throw Refusals.Field("columns", "is given, but an endpoint's answer has no rows; leave it out");
        return Of(submission);
    }

    private static WorkerOutcome Outcome(string? word)
    {
        const string accepted = "succeeded, failed, snoozed, handed_back and canceled are accepted";
        if (word is null) throw Refusals.Field("outcome", $"is missing; {accepted}");
        return WorkerOutcomes.FromWord(word) ?? throw Refusals.Field("outcome", $"is '{Refusals.Short(word)}'; {accepted}");
    }

    private static JobError Error(FailureSubmission failure)
    {
        if (string.IsNullOrEmpty(failure.Message)) throw Refusals.Field("error.message", "is missing; a sentence for a person is needed");
        if (failure.RetryAfterSeconds is { } seconds && !(seconds is >= 0 and <= 86_400)) throw Refusals.Field("error.retry_after_seconds", FormattableString.Invariant($"is {seconds}; 0 to 86400 is accepted"));
        var error = JobError.Of(Kind(failure.Type), failure.Message, failure.Code, failure.Hint);
        return error with { Retryable = failure.Retryable ?? error.Retryable, RetryAfter = failure.RetryAfterSeconds is { } after ? TimeSpan.FromSeconds(after) : null };
    }

    private static ErrorKind Kind(string? word)
    {
        if (word is null) return ErrorKind.Internal;
        foreach (var kind in Kinds)
        {
            if (kind.Word == word) return kind;
        }

        throw Refusals.Field("error.type", $"is '{Refusals.Short(word)}'; {string.Join(", ", Kinds.Select(kind => kind.Word))} are accepted");
    }
}
