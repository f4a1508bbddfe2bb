using Meanwhile.Access;
using Meanwhile.Problems;
using Meanwhile.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Meanwhile.Hosting;

/// <summary>Opens the store, puts the engine together, and runs it for as long as its host runs.</summary>
/// <remarks>Safe for concurrent use once started.</remarks>
public sealed class MeanwhileHost : IHostedService, IMeanwhile, IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly MeanwhileBuilder _builder;
    private IStoreOpener? _opener;
    private EngineParts? _parts;

    internal MeanwhileHost(IServiceProvider services, MeanwhileBuilder builder)
    {
        _services = services;
        _builder = builder;
    }

    /// <summary>The token of the first admin key, if this start made it and no file was named for it: to be shown this once. Null otherwise.</summary>
    public string? NewAdminKey { get; private set; }

    /// <inheritdoc/>
    public Readiness Readiness => _parts?.Engine.Readiness ?? new Readiness(["The engine has not started."]);

    /// <inheritdoc/>
    public IJobs As(Caller caller) => new JobsDoor(Parts.Jobs, caller);

    /// <inheritdoc/>
    public IAdministration AdministrationAs(Caller caller) => new Administration(Parts.Administration, caller);

    /// <inheritdoc/>
    public ValueTask<Caller?> AuthenticateAsync(string token, string? project, CancellationToken cancellationToken) =>
        Parts.Authentication.AuthenticateAsync(token, project, cancellationToken);

    /// <summary>Opens the store and begins to work.</summary>
    /// <exception cref="StoreUnusableException">The store can't be used as it is.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _opener = _services.GetService<IStoreOpener>() ?? throw new InvalidOperationException("No store is registered: call UseSqlite(...) in AddMeanwhile.");
        var ports = await _opener.OpenAsync(cancellationToken);
        var parts = EngineParts.Make(_services, _builder, ports);
        await parts.Registry.LoadAsync(cancellationToken);
        NewAdminKey = await parts.FirstKey.EnsureAsync(cancellationToken);
        await parts.Engine.StartAsync(cancellationToken);
        _parts = parts;
    }

    /// <summary>Leaves word beside the store of where this server listens.</summary>
    /// <param name="url">As others reach it.</param>
    public void Announce(string url)
    {
        if (Parts.Node.Current is { } node) _opener!.Announce(url, node);
    }

    /// <summary>Drains, hands back what runs, and closes the store.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_parts is { } parts) await parts.Engine.StopAsync();
    }

    private EngineParts Parts => _parts ?? throw new ProblemException(new Problem
    {
        Code = ProblemCodes.Unavailable,
        Detail = "The engine has not started yet.",
        RetryAfter = TimeSpan.FromSeconds(1),
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _parts, null) is not { } parts) return;
        await parts.DisposeAsync();
        await _opener!.DisposeAsync(); // after everything that writes
    }
}
