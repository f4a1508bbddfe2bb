using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.Execution;

/// <summary>How an attempt's work ended, before it is decided what that means for the job. Closed: the cases are those nested here.</summary>
internal abstract record WorkOutcome
{
    private WorkOutcome()
    {
    }

    /// <summary>Done, with a durable result.</summary>
    public sealed record Done(ResultManifest Result) : WorkOutcome;

    /// <summary>It failed.</summary>
    public sealed record Failed(JobError Error) : WorkOutcome;

    /// <summary>It ended because it was told to; nothing of it runs any more.</summary>
    /// <param name="WithoutEffect">Whether it is known that it had no effect, although it had begun to have one.</param>
    public sealed record Interrupted(bool WithoutEffect = false) : WorkOutcome;

    /// <summary>It wants to go on later.</summary>
    public sealed record Snoozed(TimeSpan Delay, string Reason) : WorkOutcome;
}

/// <summary>Work that is running for an attempt.</summary>
internal interface IWork
{
    /// <summary>Ends when nothing of the work runs any more; never faults.</summary>
    Task<WorkOutcome> Completion { get; }

    /// <summary>Tells the work to stop. Repeating is safe.</summary>
    /// <returns>What it answered, for the cancel evidence.</returns>
    ValueTask<string> CancelAsync(CancellationToken cancellationToken);
}
