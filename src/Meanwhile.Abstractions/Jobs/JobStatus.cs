namespace Meanwhile.Jobs;

/// <summary>Where a job is in its life. See docs/concepts.md for the whole diagram.</summary>
/// <remarks>"Scheduled" is no status but a filter: pending with a run_at in the future.</remarks>
public enum JobStatus
{
    /// <summary>Waits for other jobs; the last of them to end moves it on. Reserved for pipelines.</summary>
    Blocked,

    /// <summary>Waits for its run_at and a free slot; a claim moves it to running, a cancel or a missed start deadline ends it.</summary>
    Pending,

    /// <summary>An attempt has an owner; its finish ends the job or puts it back to pending, and so does the rescue of a dead owner's work.</summary>
    Running,

    /// <summary>Ended: done, with a whole result.</summary>
    Succeeded,

    /// <summary>Ended: the work failed and is not tried again; kept for a person to look at.</summary>
    Failed,

    /// <summary>Ended: somebody asked for it.</summary>
    Canceled,

    /// <summary>Ended: it ran, or waited, longer than it was allowed to.</summary>
    Timeout,
}

/// <summary>What can be said of a status.</summary>
public static class JobStatuses
{
    /// <summary>Every status, in the order of a job's life.</summary>
    public static IReadOnlyList<JobStatus> All { get; } = Enum.GetValues<JobStatus>();

    extension(JobStatus status)
    {
        /// <summary>True of the four endings: nothing moves a job out of one.</summary>
        public bool IsFinal => status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Canceled or JobStatus.Timeout;

        /// <summary>The word used in JSON, tables, logs and on the command line.</summary>
        public string Word => status switch
        {
            JobStatus.Blocked => "blocked",
            JobStatus.Pending => "pending",
            JobStatus.Running => "running",
            JobStatus.Succeeded => "succeeded",
            JobStatus.Failed => "failed",
            JobStatus.Canceled => "canceled",
            JobStatus.Timeout => "timeout",
        };
    }

    /// <summary>The status that a word names; null when none.</summary>
    public static JobStatus? FromWord(string word)
    {
        foreach (var status in All)
        {
            if (status.Word == word) return status;
        }

        return null;
    }
}

/// <summary>What a running attempt is doing just now.</summary>
public enum JobPhase
{
    /// <summary>The remote system has the statement and has not begun it.</summary>
    QueuedRemote,

    /// <summary>The work is being done.</summary>
    Executing,

    /// <summary>The remote end has finished; its rows are being fetched. Holds no slot at the source.</summary>
    Fetching,
}

/// <summary>The words of the phases.</summary>
public static class JobPhases
{
    extension(JobPhase phase)
    {
        /// <summary>The word used in JSON and tables.</summary>
        public string Word => phase switch
        {
            JobPhase.QueuedRemote => "queued_remote",
            JobPhase.Executing => "executing",
            JobPhase.Fetching => "fetching",
        };
    }
}
