using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Diagnostics;

/// <summary>Repeats what a loop must get done until the store answers: an outage delays work, it never loses any.</summary>
internal sealed partial class StorePatience(TimeProvider time, ILogger<StorePatience> logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _silent;

    /// <summary>Whether the store did not answer when it was last asked.</summary>
    public bool StoreIsSilent => _silent;

    /// <summary>Whether patience is over.</summary>
    public bool IsOver => _over.Task.IsCompleted;

    /// <summary>Nothing is asked again: what the store does not answer from now on is left to the next start.</summary>
    public void End() => _over.TrySetResult();

    /// <summary>Asks until there is an answer.</summary>
    /// <param name="ask">Safe to repeat.</param>
    /// <exception cref="OperationCanceledException">Cancelled, or the engine has stopped while the store did not answer.</exception>
    public async ValueTask<T> AskAsync<T>(string what, Func<CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < DelayMax ? delay * 2 : DelayMax)
        {
            try
            {
                var answer = await ask(cancellationToken);
                Answered();
                return answer;
            }
            catch (StoreUnavailableException exception)
            {
                Missed(what, exception);
            }

            await PauseAsync(delay, cancellationToken);
        }
    }

    private async ValueTask PauseAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        try
        {
            await _over.Task.WaitAsync(delay, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return;
        }

        throw new OperationCanceledException("The engine has stopped, and the store does not answer.");
    }

    /// <summary>Runs a round of work at an interval until cancelled; a round that the store did not answer is tried again at the next.</summary>
    public async Task EveryAsync(TimeSpan interval, string what, Func<CancellationToken, ValueTask> round, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(interval, time, cancellationToken);
                await TryAsync(what, round, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    /// <summary>Runs a round once. One that the store did not answer, or that failed otherwise, is told of in the log and leaves its loop alive: the next may do better.</summary>
    public async ValueTask TryAsync(string what, Func<CancellationToken, ValueTask> round, CancellationToken cancellationToken)
    {
        try
        {
            await round(cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            Missed(what, exception);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the loop looks itself whether it goes on
        }
        catch (Exception exception)
        {
            LogFailed(logger, what, exception);
        }
    }

    /// <summary>Says once that the store has gone, however many ask.</summary>
    private void Missed(string what, StoreUnavailableException exception)
    {
        if (!_silent) LogSilent(logger, what, exception.Message);
        _silent = true;
    }

    /// <summary>The store has answered.</summary>
    public void Answered()
    {
        if (_silent) LogHeard(logger);
        _silent = false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The store answers again")]
    private static partial void LogHeard(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store did not answer while {What}: {Reason}")]
    private static partial void LogSilent(ILogger logger, string what, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of {What} failed")]
    private static partial void LogFailed(ILogger logger, string what, Exception exception);
}
