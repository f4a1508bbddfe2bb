using Meanwhile.Claims;
using Meanwhile.Jobs;

namespace Meanwhile.Execution;

/// <summary>Why running work is to stop.</summary>
internal enum StopReason
{
    /// <summary>Somebody cancelled the job; the intent is stored.</summary>
    Cancel,

    /// <summary>It ran longer than its timeout.</summary>
    Timeout,

    /// <summary>The node shuts down.</summary>
    Shutdown,

    /// <summary>The attempt has another owner: nothing that this one does counts any more.</summary>
    Fenced,
}

/// <summary>One attempt that this node runs: what was claimed, and how it is told to stop.</summary>
internal sealed class Attempt(ClaimedJob claimed, AttemptJournal journal)
{
    private readonly TaskCompletionSource<StopReason> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _fenced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The job as it was claimed.</summary>
    public JobRecord Job => claimed.Job;

    /// <summary>What was asked for.</summary>
    public JobSpec Spec => claimed.Job.Spec;

    /// <summary>What every write carries.</summary>
    public AttemptFence Fence => claimed.Fence;

    /// <summary>What earlier attempts left; null when there is nothing.</summary>
    public string? Checkpoint => claimed.Checkpoint;

    /// <summary>Where the attempt tells how far it is.</summary>
    public AttemptJournal Journal => journal;

    /// <summary>Completes with the first reason to stop.</summary>
    public Task<StopReason> Stopping => _stop.Task;

    /// <summary>Completes when the attempt has another owner.</summary>
    public Task Fenced => _fenced.Task;

    /// <summary>Whether the work may have had an effect that running it again would repeat.</summary>
    public bool EffectsBegun { get; set; }

    /// <summary>Whether the work is over and only its ending is still to be stored: what it said last of its progress is of no use any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether the attempt only waits for an answer from elsewhere, and so takes no slot of the node.</summary>
    public bool IsParked { get; private set; }

    /// <summary>Told when it begins to.</summary>
    public event Action? Parked;

    /// <summary>From now on it only waits.</summary>
    public void Park()
    {
        if (IsParked) return;
        IsParked = true;
        Parked?.Invoke();
    }

    /// <summary>Tells the attempt to stop; a later reason changes nothing, but the loss of the attempt always counts.</summary>
    public void Stop(StopReason reason)
    {
        if (reason == StopReason.Fenced) _fenced.TrySetResult();
        _stop.TrySetResult(reason);
    }
}
