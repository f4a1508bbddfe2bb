using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Diagnostics;

/// <summary>Repeats what a loop must get done until the store answers: an outage delays work, it never loses any.</summary>
internal sealed partial class StorePatience(TimeProvider time, ILogger<StorePatience> logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(2);
    private volatile bool _silent;

    /// <summary>Whether the store did not answer when it was last asked.</summary>
    public bool StoreIsSilent => _silent;

    /// <summary>Asks until there is an answer.</summary>
    /// <param name="ask">Safe to repeat.</param>
    public async ValueTask<T> AskAsync<T>(string what, Func<CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < DelayMax ? delay * 2 : DelayMax)
        {
            try
            {
                var answer = await ask(cancellationToken);
                _silent = false;
                return answer;
            }
            catch (StoreUnavailableException exception)
            {
                if (!_silent) LogSilent(logger, what, exception.Message);
                _silent = true;
            }

            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>Runs a round of work at an interval until cancelled; a round that the store did not answer is tried again at the next.</summary>
    public async Task EveryAsync(TimeSpan interval, string what, Func<CancellationToken, ValueTask> round, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(interval, time, cancellationToken);
                try
                {
                    await round(cancellationToken);
                }
                catch (StoreUnavailableException exception)
                {
                    LogSilent(logger, what, exception.Message);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    LogFailed(logger, what, exception); // a loop outlives a bad round; the next one may do better
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store did not answer while {What}: {Reason}")]
    private static partial void LogSilent(ILogger logger, string what, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of {What} failed")]
    private static partial void LogFailed(ILogger logger, string what, Exception exception);
}
