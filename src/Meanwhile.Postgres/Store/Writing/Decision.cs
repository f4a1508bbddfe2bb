using Meanwhile.Events;
using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Store.Writing;

/// <summary>A change of one job, decided on what was known of it, and not yet written.</summary>
/// <param name="Before">The job as it was; it is written only while it still is so.</param>
/// <param name="Event">What to tell; null = nothing.</param>
internal sealed record Decision(JobRecord Before, JobState Next, JobEventData? Event)
{
    /// <summary>The job afterwards.</summary>
    public JobRecord After => Before with { State = Next, Progress = Next.Attempt == Before.State.Attempt ? Before.Progress : null };

    /// <summary>Decides by <see cref="Transitions"/>.</summary>
    /// <returns>What was answered, and what is to be written; null = nothing.</returns>
    public static (WriteResult Result, Decision? Decision) Make(JobRecord job, JobChange change, DateTimeOffset now)
    {
        var transition = Transitions.Apply(job.Spec, job.State, change, now);
        if (ReferenceEquals(transition.Next, job.State)) return (transition.Result, null);
        var next = transition.Next with { RunAt = Connections.StoreClock.CutOff(transition.Next.RunAt) };
        return (transition.Result, new Decision(job, next, transition.Event));
    }
}
