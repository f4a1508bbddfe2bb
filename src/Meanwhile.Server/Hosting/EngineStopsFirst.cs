using Meanwhile.Hosting;
using Microsoft.Extensions.Hosting;

namespace Meanwhile.Server;

/// <summary>Has the engine stop while HTTP still answers: a host ends its listeners before other services, and callers would be refused the connection for as long as the engine drains.</summary>
/// <remarks>The engine bounds its stop itself; the host's own stop of it, later, waits for this one.</remarks>
/// <param name="engine">Null when another engine than ours is served.</param>
/// <param name="lifetime">Told at once, so that nobody waits and no job is taken: a host that is stopped by a call tells it only after this.</param>
internal sealed class EngineStopsFirst(MeanwhileHost? engine, IHostApplicationLifetime lifetime, MeanwhileServerOptions options, TimeProvider time) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        if (options.ShutdownDelay > TimeSpan.Zero) await Task.Delay(options.ShutdownDelay, time, cancellationToken);
        if (engine is not null) await engine.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
