using Meanwhile.Jobs;
using Meanwhile.Settings;

namespace Meanwhile.Workers;

/// <summary>What is to be done about an attempt that a worker holds.</summary>
internal enum WorkerStep
{
    /// <summary>Nothing: it goes on.</summary>
    GoOn,

    /// <summary>The worker does not know that it has it: it goes to others.</summary>
    TakeBack,

    /// <summary>It is over its timeout: store that, and tell the worker.</summary>
    OverTime,

    /// <summary>It is to stop: tell the worker, and the first time store that it was told.</summary>
    Tell,

    /// <summary>It was told and is still there: store that, and tell again.</summary>
    Unconfirmed,

    /// <summary>It was told and is still there after all patience: the job ends without it.</summary>
    GiveUp,
}

/// <summary>Decides, at each beat, about the attempts that a worker holds: a pure function.</summary>
internal static class WorkerRules
{
    /// <summary>Decides.</summary>
    /// <param name="seen">What was seen of it, at or before <paramref name="elapsed"/>.</param>
    public static WorkerStep Next(JobRecord job, Sighting seen, TimeSpan elapsed, EngineOptions options)
    {
        if (elapsed - seen.NamedAt >= options.WorkerUnnamedMax) return WorkerStep.TakeBack;
        if (job.State.Cancel is not { } cancel) return elapsed - seen.FirstAt >= job.Spec.Timeout ? WorkerStep.OverTime : WorkerStep.GoOn;
        var patience = elapsed - (seen.ToldAt ?? elapsed);
        if (patience >= options.CancelConfirmWithin + options.GiveUpAfter) return WorkerStep.GiveUp;
        return patience >= options.CancelConfirmWithin && !cancel.Unconfirmed ? WorkerStep.Unconfirmed : WorkerStep.Tell;
    }

    /// <summary>Why an attempt is to stop; null when it is not.</summary>
    public static WorkerStop? StopOf(CancelEvidence? cancel) => cancel is null ? null : cancel.Reason switch
    {
        CancelReason.Requested => WorkerStop.Canceled,
        CancelReason.Timeout => WorkerStop.Timeout,
    };
}
