using Meanwhile.Nodes;
using Meanwhile.Results;

namespace Meanwhile.Jobs;

/// <summary>Names an attempt under one owner. Every write for the attempt carries it, and changes nothing once the job has another fence.</summary>
public readonly record struct AttemptFence(JobId Job, int Attempt, long Fence)
{
    /// <summary>job/attempt-fence.</summary>
    public override string ToString() => $"{Job}/{Attempt}-{Fence}";
}

/// <summary>How an attempt ended. Closed: the cases are those nested here.</summary>
public abstract record AttemptOutcome
{
    private AttemptOutcome()
    {
    }

    /// <summary>The work is done and its result is whole and durable.</summary>
    public sealed record Succeeded(ResultManifest Result) : AttemptOutcome;

    /// <summary>The work failed for good.</summary>
    public sealed record Failed(JobError Error) : AttemptOutcome;

    /// <summary>The work was stopped and seen gone, or given up. Ends as canceled, or as timeout when that was the reason.</summary>
    /// <param name="SentAt">When the work was told; null when that is recorded already.</param>
    /// <param name="Answer">What the source answered; null leaves what is known.</param>
    /// <param name="ConfirmedAt">When the work was seen gone; null = it was not, and the ending stays unconfirmed.</param>
    /// <param name="Error">Why it was given up (<c>unknown_outcome</c>); null when it was seen gone.</param>
    public sealed record Stopped(DateTimeOffset? SentAt, string? Answer, DateTimeOffset? ConfirmedAt, JobError? Error = null) : AttemptOutcome;

    /// <summary>The work failed and is to be tried again: counts as an attempt; ends as failed when no attempt is left.</summary>
    public sealed record Retry(JobError Error, DateTimeOffset RunAt) : AttemptOutcome;

    /// <summary>Put back for later without spending an attempt.</summary>
    public sealed record Snooze(DateTimeOffset RunAt, string Reason) : AttemptOutcome;

    /// <summary>Given back at shutdown without spending an attempt; due at once.</summary>
    public sealed record HandBack : AttemptOutcome;
}

/// <summary>Something that may happen to a job. Closed: the cases are those nested here.</summary>
public abstract record JobChange
{
    private JobChange()
    {
    }

    /// <summary>A node takes the job for a new attempt.</summary>
    public sealed record Claim(NodeEpoch Node) : JobChange;

    /// <summary>The owner says how its attempt ended.</summary>
    /// <param name="FinishId">Names this finish: repeated with the same id it answers applied again.</param>
    public sealed record Finish(AttemptFence Fence, Guid FinishId, AttemptOutcome Outcome) : JobChange;

    /// <summary>Somebody asks for the job to be stopped.</summary>
    public sealed record RequestCancel(string By) : JobChange;

    /// <summary>The owner found the attempt over its timeout and is about to stop it.</summary>
    public sealed record OverTime(AttemptFence Fence) : JobChange;

    /// <summary>The owner told the source, has its answer, saw the work gone, or gave up waiting to see it: null and false leave what is known.</summary>
    public sealed record NoteCancel(AttemptFence Fence, DateTimeOffset? SentAt, string? Answer, DateTimeOffset? ConfirmedAt, bool Unconfirmed) : JobChange;

    /// <summary>The owner is about to do what must not be done twice.</summary>
    /// <param name="CommitIsMarked">Whether a <see cref="BeginCommit"/> precedes the commit, so that without one nothing is committed.</param>
    public sealed record BeginEffects(AttemptFence Fence, bool CommitIsMarked = false) : JobChange;

    /// <summary>The owner is about to commit what it did, with a result that is whole.</summary>
    public sealed record BeginCommit(AttemptFence Fence, string Mark, ResultManifest Result) : JobChange;

    /// <summary>Somebody saw the work gone whose owner does not answer, or is lost: the fence is raised and the job ends, as its cancel or timeout asked.</summary>
    /// <param name="Fence">The attempt that was seen gone.</param>
    /// <param name="FinishId">As of a finish.</param>
    public sealed record EndInstead(AttemptFence Fence, Guid FinishId, AttemptOutcome.Stopped Outcome) : JobChange;

    /// <summary>The owner is dead. What it ran at a source may still run there: whoever claims the job next ends it first.</summary>
    public sealed record Rescue(NodeEpoch Dead) : JobChange;

    /// <summary>A job that was accepted unseen turned out to be one that can't run.</summary>
    public sealed record Refuse(JobError Error) : JobChange;

    /// <summary>The start deadline has passed.</summary>
    public sealed record MissStart : JobChange;

    /// <summary>The time to live is over: statement, parameters, result and the words of an error are gone.</summary>
    public sealed record Expire : JobChange;
}

/// <summary>What became of a change.</summary>
public enum WriteResult
{
    /// <summary>Stored, now or when the same write came before.</summary>
    Applied,

    /// <summary>The attempt has another owner, or none: nothing changed.</summary>
    Fenced,

    /// <summary>The attempt, or the job, has ended otherwise: nothing changed.</summary>
    AlreadyEnded,

    /// <summary>The job is not in a state where this can happen: nothing changed.</summary>
    NotApplicable,

    /// <summary>There is no such job: nothing changed.</summary>
    NotFound,
}
