using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Stores;

namespace Meanwhile.Dispatch;

/// <summary>Brings stored wishes to cancel to the attempts that run here: at once when they were made here, within a poll when elsewhere.</summary>
internal sealed class CancelWatch(IJobStore store, IJobReader reader, NodeLife node, Dispatcher dispatcher, JobChanges changes, NodeHerald herald)
{
    /// <summary>Stores the wish and, if the job runs here, tells its attempt at once.</summary>
    public async ValueTask<IReadOnlyList<JobWrite>> CancelAsync(IReadOnlyList<CancelRequest> requests, CancellationToken cancellationToken)
    {
        var written = await store.RequestCancelAsync(requests, cancellationToken);
        foreach (var write in written)
        {
            if (write.Job is not { } job) continue;
            if (job.State.Status == JobStatus.Running && !dispatcher.Stop(job.Id, StopReason.Cancel)) herald.Cancels();
            if (write.Result == WriteResult.Applied) changes.Tell(job);
        }

        return written;
    }

    /// <summary>Looks once for wishes that were stored elsewhere.</summary>
    public async ValueTask PollAsync(CancellationToken cancellationToken)
    {
        if (dispatcher.RunningCount == 0 || node.Current is not { } epoch) return;
        foreach (var intent in await reader.CancelIntentsAsync(epoch, cancellationToken))
            dispatcher.Stop(intent.Fence.Job, intent.Reason == CancelReason.Timeout ? StopReason.Timeout : StopReason.Cancel);
    }
}
