using Meanwhile.Access;
using Meanwhile.Diagnostics;
using Meanwhile.Dispatch;
using Meanwhile.Execution;
using Meanwhile.Nodes;
using Meanwhile.Offloading;
using Meanwhile.Registry;
using Meanwhile.Retention;
using Meanwhile.Settings;

namespace Meanwhile.Hosting;

/// <summary>The running engine: its parts, its loops, and the order in which they start and stop.</summary>
/// <remarks>
/// Starts no thread of its own but the pulse, which a host can replace: every loop goes on in the context that started it, so that one thread can drive it all.
/// Stop: claiming ends, long waits answer, running work may end by itself for the grace, what still runs is told to stop and handed back, what does not go is left to the next start, loops end.
/// </remarks>
internal sealed class Engine(
    RegistryCache registry,
    SourceCatalog sources,
    NodeLife node,
    NodeWatch watch,
    NodeHerald herald,
    IPulse pulse,
    Dispatcher dispatcher,
    Intake intake,
    CancelWatch cancels,
    UnansweredCancels unanswered,
    ProgressBoard board,
    Retainer retainer,
    NodeCensus census,
    StorePatience patience,
    EngineStop stopping,
    EngineOptions options) : IAsyncDisposable
{
    private readonly CancellationTokenSource _claiming = new();
    private readonly CancellationTokenSource _running = new();
    private readonly List<Task> _loops = [];
    private Task _claims = Task.CompletedTask;
    private readonly Lock _gate = new();
    private bool _started;
    private Task? _stop;

    /// <summary>Whether work can be taken now.</summary>
    public Readiness Readiness
    {
        get
        {
            List<string> reasons = [];
            if (!_started) reasons.Add("The engine has not started.");
            if (stopping.Token.IsCancellationRequested) reasons.Add("The engine is stopping.");
            if (_started && !stopping.Token.IsCancellationRequested && node.Current is null) reasons.Add("The node is not registered.");
            if (patience.StoreIsSilent) reasons.Add("The store does not answer.");
            return new Readiness(reasons);
        }
    }

    /// <summary>Registers the node, which takes over what its earlier epochs left, and begins to work.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await node.RegisterAsync(cancellationToken);
        if (options.Roles.HasFlag(NodeRoles.Worker)) _claims = dispatcher.ClaimAsync(_claiming.Token);
        var running = _running.Token;
        _loops.Add(registry.WatchAsync(running));
        _loops.Add(pulse.EveryAsync(options.BeatEvery, node.BeatAsync, running));
        _loops.Add(node.RenewAsync(AbandonAllAsync, _ => dispatcher.Wake(), running));
        _loops.Add(patience.EveryAsync(options.WatchEvery, "watching the other nodes", WatchAsync, running));
        if (herald.HasOthers) AddLoopsOfSharedStore(running);
        _loops.Add(patience.EveryAsync(options.ProgressEvery, "saving progress", board.SaveAsync, running));
        _loops.Add(patience.EveryAsync(options.CancelPollEvery, "looking for cancels", cancels.PollAsync, running));
        _loops.Add(patience.EveryAsync(options.UnansweredPollEvery, "looking for unanswered cancels", unanswered.LookAsync, running));
        _loops.Add(patience.EveryAsync(options.DeadlineEvery, "looking at start deadlines", retainer.MissStartsAsync, running));
        _loops.Add(patience.EveryAsync(options.CollectEvery, "removing what is over its time", retainer.RetainAsync, running));
        _started = true;
    }

    private void AddLoopsOfSharedStore(CancellationToken running)
    {
        _loops.Add(herald.TellAsync(running));
        _loops.Add(patience.EveryAsync(NodeCensus.Every, "counting nodes", census.CountAsync, running));
        _loops.Add(herald.ListenAsync(dispatcher.Wake, cancels.PollAsync, intake.TakeAsync, running));
        if (intake.IsUsed) _loops.Add(patience.EveryAsync(options.IntakeEvery, "taking enqueued requests", intake.TakeAsync, running));
    }

    private async ValueTask WatchAsync(CancellationToken cancellationToken)
    {
        if (await watch.LookAsync(cancellationToken)) dispatcher.Wake();
    }

    /// <summary>Drains, hands back what still runs, and ends. Whoever asks again waits for the same stop.</summary>
    public Task StopAsync()
    {
        lock (_gate) return _stop ??= _started ? StopOnceAsync() : Task.CompletedTask;
    }

    /// <summary>Ends at once and without a word to the store, which is not the one that the work is of: what runs is stopped at its source, and nothing is handed back.</summary>
    public Task AbandonAsync()
    {
        lock (_gate) return _stop ??= AbandonOnceAsync();
    }

    private async Task AbandonOnceAsync()
    {
        stopping.Begin();
        _claiming.Cancel();
        _running.Cancel(); // before patience ends, which only loops that are cancelled take for an end
        await _claims;
        dispatcher.StopAll(StopReason.Fenced);
        patience.End();
        await dispatcher.IdleWithinAsync(options.ShutdownStop);
        await Task.WhenAll(_loops);
    }

    private async Task StopOnceAsync()
    {
        stopping.Begin();
        _claiming.Cancel(); // not CancelAsync, which would leave the thread that drives the engine
        await _claims;
        if (!await dispatcher.IdleWithinAsync(options.ShutdownGrace))
        {
            dispatcher.StopAll(StopReason.Shutdown);
            if (!await dispatcher.IdleWithinAsync(options.ShutdownStop)) await LeaveAsync();
        }

        _running.Cancel();
        await Task.WhenAll(_loops);
        await node.LeaveAsync(CancellationToken.None);
    }

    /// <summary>Lets go of what did not go in time, or can't be stored: the next start takes it over.</summary>
    private async ValueTask LeaveAsync()
    {
        dispatcher.StopAll(StopReason.Fenced);
        patience.End();
        await dispatcher.IdleWithinAsync(LeaveWithin);
    }

    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(1);

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
