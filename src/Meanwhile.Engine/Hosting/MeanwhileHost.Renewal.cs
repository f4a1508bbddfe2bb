using Meanwhile.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Meanwhile.Hosting;

/// <summary>Begins anew where the store turns out to have another history: what this process knows, and runs, is of the one before.</summary>
public sealed partial class MeanwhileHost
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    private ILogger Logger => (_services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger<MeanwhileHost>();

    private TimeProvider Time => _services.GetRequiredService<TimeProvider>();

    private async Task BeginAnewAfterAsync(Task ended)
    {
        try
        {
            while (true)
            {
                await ended.WaitAsync(_ending.Token);
                LogEnded(Logger);
                await LetGoAsync();
                ended = await OpenAgainAsync(_ending.Token);
                LogBegun(Logger);
            }
        }
        catch (Exception) when (_ending.IsCancellationRequested)
        {
            // the host stops
        }
    }

    private async ValueTask LetGoAsync()
    {
        if (Interlocked.Exchange(ref _parts, null) is { } parts)
        {
            await parts.Engine.AbandonAsync();
            await parts.DisposeAsync();
        }

        await _opener!.CloseAsync();
    }

    /// <summary>Tries until it works: a server that is being promoted says one thing now and another in a moment.</summary>
    private async ValueTask<Task> OpenAgainAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var ports = await _opener!.OpenAsync(cancellationToken);
                await StartAsync(ports, isFirst: false, cancellationToken);
                if (_url is { } url) Announce(url);
                return ports.HistoryEnded ?? Task.Delay(Timeout.InfiniteTimeSpan, Time, cancellationToken);
            }
            catch (Exception failed)
            {
                await _opener!.CloseAsync();
                if (cancellationToken.IsCancellationRequested) throw;
                LogNotYet(Logger, failed.Message);
            }

            await Task.Delay(TryAgainAfter, Time, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store has another history than this node knows, after a failover or a restore: the node lets go of what it runs, forgets what it knew, and begins anew")]
    private static partial void LogEnded(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "The node works on the store's new history")]
    private static partial void LogBegun(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store can't be opened yet: {Reason}")]
    private static partial void LogNotYet(ILogger logger, string reason);
}
