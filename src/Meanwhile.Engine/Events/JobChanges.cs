using Meanwhile.Jobs;

namespace Meanwhile.Events;

/// <summary>Tells waiters in this process that a job, or anything in a project, has changed. Other nodes' changes are found by polling, and sooner when they tell.</summary>
internal sealed class JobChanges
{
    /// <summary>Waits for single jobs.</summary>
    public KeyedSignals<JobId> Jobs { get; } = new();

    /// <summary>Waits for anything in a project.</summary>
    public KeyedSignals<string> Projects { get; } = new();

    /// <summary>Waits for work of a tool.</summary>
    public KeyedSignals<string> Work { get; } = new();

    /// <summary>Called with each job that changed here, and its project.</summary>
    public event Action<JobId, string>? Told;

    /// <summary>Tells that a job has changed.</summary>
    public void Tell(JobRecord job)
    {
        Tell(job.Id, job.Spec.Project);
        if (job.State.Status == JobStatus.Pending) Work.Fire(job.Spec.Tool);
    }

    /// <summary>Tells that a job has changed.</summary>
    public void Tell(JobId job, string project)
    {
        Jobs.Fire(job);
        Projects.Fire(project);
        Told?.Invoke(job, project);
    }
}
