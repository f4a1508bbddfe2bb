using Meanwhile.Access;
using Meanwhile.Diagnostics;
using Meanwhile.Dispatch;
using Meanwhile.Execution;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Retention;
using Meanwhile.Settings;

namespace Meanwhile.Hosting;

/// <summary>The running engine: its parts, its loops, and the order in which they start and stop.</summary>
/// <remarks>
/// Starts no thread of its own: every loop goes on in the context that started it, so that one thread can drive it all.
/// Stop: claiming ends, long waits answer, running work may end by itself for the grace, what still runs is told to stop and handed back, loops end.
/// </remarks>
internal sealed class Engine(
    RegistryCache registry,
    SourceCatalog sources,
    NodeLife node,
    Dispatcher dispatcher,
    CancelWatch cancels,
    ProgressBoard board,
    Retainer retainer,
    StorePatience patience,
    EngineStop stopping,
    EngineOptions options) : IAsyncDisposable
{
    private readonly CancellationTokenSource _claiming = new();
    private readonly CancellationTokenSource _running = new();
    private readonly List<Task> _loops = [];
    private Task _claims = Task.CompletedTask;
    private bool _started;

    /// <summary>Whether work can be taken now.</summary>
    public Readiness Readiness
    {
        get
        {
            List<string> reasons = [];
            if (!_started) reasons.Add("The engine has not started.");
            if (stopping.Token.IsCancellationRequested) reasons.Add("The engine is stopping.");
            if (_started && node.Current is null) reasons.Add("The node is not registered.");
            if (patience.StoreIsSilent) reasons.Add("The store does not answer.");
            return new Readiness(reasons);
        }
    }

    /// <summary>Registers the node, which takes over what its earlier epochs left, and begins to work.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await node.RegisterAsync(cancellationToken);
        _claims = dispatcher.ClaimAsync(_claiming.Token);
        var running = _running.Token;
        _loops.Add(registry.WatchAsync(running));
        _loops.Add(node.BeatAsync(AbandonAllAsync, _ => dispatcher.Wake(), running));
        _loops.Add(patience.EveryAsync(options.ProgressEvery, "saving progress", board.SaveAsync, running));
        _loops.Add(patience.EveryAsync(options.CancelPollEvery, "looking for cancels", cancels.PollAsync, running));
        _loops.Add(patience.EveryAsync(options.DeadlineEvery, "looking at start deadlines", retainer.MissStartsAsync, running));
        _loops.Add(patience.EveryAsync(options.CollectEvery, "removing what is over its time", retainer.RetainAsync, running));
        _started = true;
    }

    /// <summary>Drains, hands back what still runs, and ends.</summary>
    public async Task StopAsync()
    {
        if (!_started) return;
        _started = false;
        stopping.Begin();
        await _claiming.CancelAsync();
        await _claims;
        if (!await dispatcher.IdleWithinAsync(options.ShutdownGrace))
        {
            dispatcher.StopAll(StopReason.Shutdown);
            await dispatcher.IdleWithinAsync(options.ShutdownStop);
        }

        await _running.CancelAsync();
        await Task.WhenAll(_loops);
    }

    private async ValueTask AbandonAllAsync()
    {
        dispatcher.StopAll(StopReason.Fenced);
        await dispatcher.IdleWithinAsync(options.ShutdownStop);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await sources.DisposeAsync();
        _claiming.Dispose();
        _running.Dispose();
    }
}
