namespace Meanwhile.Offloading;

/// <summary>Runs a short round again and again at an interval, where nothing else can hold it up: a node whose beats came late would lose its work to others.</summary>
public interface IPulse
{
    /// <summary>Runs rounds until cancelled, the first at once.</summary>
    /// <param name="round">Never faults; may block its thread.</param>
    Task EveryAsync(TimeSpan interval, Func<CancellationToken, ValueTask> round, CancellationToken cancellationToken);
}

/// <summary>Paces rounds by a clock, in the caller's context: what a test that moves the clock, or a simulation on one thread, needs.</summary>
public sealed class ClockPulse(TimeProvider time) : IPulse
{
    /// <inheritdoc/>
    public async Task EveryAsync(TimeSpan interval, Func<CancellationToken, ValueTask> round, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await round(cancellationToken);
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }
}

/// <summary>Runs rounds on a thread of their own, by the machine's clock: a thread pool that is busy with blocking calls for seconds does not hold them up.</summary>
public sealed class ThreadPulse : IPulse
{
    /// <inheritdoc/>
#pragma warning disable RS0030 // a thread of its own is what this type is for; a simulation puts ClockPulse in its place
    public Task EveryAsync(TimeSpan interval, Func<CancellationToken, ValueTask> round, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Run(interval, round, ended, cancellationToken)) { IsBackground = true, Name = "pulse", Priority = ThreadPriority.AboveNormal };
        thread.Start();
        return ended.Task;
    }
#pragma warning restore RS0030

    private static void Run(TimeSpan interval, Func<CancellationToken, ValueTask> round, TaskCompletionSource ended, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                round(cancellationToken).AsTask().GetAwaiter().GetResult();
            }
            while (!cancellationToken.WaitHandle.WaitOne(interval));
            ended.SetResult();
        }
        catch (Exception broken) // whoever awaits the pulse must hear of it
        {
            ended.SetException(broken);
        }
    }
}
