using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Settings;
using Meanwhile.Stores;
using Meanwhile.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Meanwhile.Hosting;

/// <summary>Opens the store, puts the engine together, and runs it for as long as its host runs.</summary>
/// <remarks>Safe for concurrent use once started.</remarks>
public sealed partial class MeanwhileHost : IHostedService, IMeanwhile, IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly MeanwhileBuilder _builder;
    private IStoreOpener? _opener;
    private readonly CancellationTokenSource _ending = new();
    private EngineParts? _parts;
    private Task _renewal = Task.CompletedTask;
    private string? _url;
    private bool _isDisposed;

    internal MeanwhileHost(IServiceProvider services, MeanwhileBuilder builder)
    {
        _services = services;
        _builder = builder;
    }

    /// <summary>The token of the first admin key, if this start made it and no file was named for it: to be shown this once. Null otherwise.</summary>
    public string? NewAdminKey { get; private set; }

    /// <inheritdoc/>
    public Readiness Readiness => _parts?.Engine.Readiness ?? new Readiness([_renewal.IsCompleted ? "The engine has not started." : "The engine begins anew, because the store has another history."]);

    /// <inheritdoc/>
    public int NodeCount => _parts?.Census.Count ?? 1;

    /// <inheritdoc/>
    public IJobs As(Caller caller) => new JobsDoor(Parts.Jobs, caller);

    /// <inheritdoc/>
    public IAdministration AdministrationAs(Caller caller) => new Administration(Parts.Administration, caller);

    /// <inheritdoc/>
    public IWorkers WorkersAs(Caller caller) => new WorkersDoor(Parts.Workers, caller);

    /// <inheritdoc/>
    public ValueTask<JobStatus> AnswerCallbackAsync(string token, WorkerFinish finish, CancellationToken cancellationToken) =>
        StoreOutage.Told(Parts.Callbacks.TakeAsync(token, finish, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<Caller?> AuthenticateAsync(string token, string? project, CancellationToken cancellationToken) =>
        Parts.Authentication.AuthenticateAsync(token, project, cancellationToken);

    /// <summary>Opens the store and begins to work.</summary>
    /// <remarks>An engine starts once. A start that fails leaves nothing running and the store closed.</remarks>
    /// <exception cref="StoreUnusableException">The store can't be used as it is.</exception>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    /// <exception cref="ProblemException">An option, a tool or a source of the configuration can't be used: each is named, with the value found and what is accepted.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_opener is not null) throw new InvalidOperationException("This engine was started before; make another one.");
        EngineOptionsCheck.Check(_builder.Options);
        _opener = _services.GetService<IStoreOpener>() ?? throw new InvalidOperationException("No store is registered: call UseSqlite(...) in AddMeanwhile.");
        try
        {
            var ports = await _opener.OpenAsync(cancellationToken);
            await StartAsync(ports, isFirst: true, cancellationToken);
            if (ports.HistoryEnded is { } ended) _renewal = BeginAnewAfterAsync(ended);
        }
        catch
        {
            await _opener.CloseAsync();
            throw;
        }
    }

    /// <param name="isFirst">Whether a first key that is made now can still be shown to somebody.</param>
    private async ValueTask StartAsync(StorePorts ports, bool isFirst, CancellationToken cancellationToken)
    {
        var parts = EngineParts.Make(_services, _builder, ports);
        try
        {
            await parts.Registry.LoadAsync(cancellationToken);
            if (isFirst || _builder.Options.AdminKeyFile is not null) NewAdminKey = await parts.FirstKey.EnsureAsync(cancellationToken);
            if (parts.CallsEndpoints) await parts.Tokens.EnsureAsync(cancellationToken);
            await parts.Engine.StartAsync(cancellationToken);
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }

        _parts = parts;
    }

    /// <summary>Makes another key of an instance admin, on a store that no server holds, for an owner who has lost the first. Instead of starting: nothing runs.</summary>
    /// <returns>Its token, to be shown this once; null when it was written to the file that the options name.</returns>
    /// <exception cref="StoreUnusableException">A server holds the store, or it can't be used as it is.</exception>
    public async Task<string?> ResetAdminKeyAsync(CancellationToken cancellationToken)
    {
        _parts = await OpenAsync(cancellationToken);
        return await _parts.FirstKey.ResetAsync(cancellationToken);
    }

    private async Task<EngineParts> OpenAsync(CancellationToken cancellationToken)
    {
        _opener = _services.GetService<IStoreOpener>() ?? throw new InvalidOperationException("No store is registered: call UseSqlite(...) in AddMeanwhile.");
        var ports = await _opener.OpenAsync(cancellationToken);
        var parts = EngineParts.Make(_services, _builder, ports);
        await parts.Registry.LoadAsync(cancellationToken);
        return parts;
    }

    /// <summary>Leaves word beside the store of where this server listens, and has endpoints answer there unless the options say otherwise.</summary>
    /// <param name="url">As others reach it.</param>
    public void Announce(string url)
    {
        _url = url;
        Parts.Address.ListensAt(url);
        if (Parts.Node.Current is { } node) _opener!.Announce(url, node);
    }

    /// <summary>Drains, hands back what runs, and closes the store.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isDisposed) return;
        _ending.Cancel(); // not CancelAsync, which would leave the thread that drives the engine
        await _renewal;
        if (_parts is { } parts) await parts.Engine.StopAsync();
    }

    private EngineParts Parts => _parts ?? throw new ProblemException(new Problem
    {
        Code = ProblemCodes.Unavailable,
        Detail = "The engine does not run.",
        RetryAfter = TimeSpan.FromSeconds(1),
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return; // a container does so once for each way it knows the host by
        _ending.Cancel(); // not CancelAsync, which would leave the thread that drives the engine
        await _renewal;
        _ending.Dispose();
        if (Interlocked.Exchange(ref _parts, null) is not { } parts) return;
        try
        {
            await parts.DisposeAsync();
        }
        finally
        {
            await _opener!.CloseAsync(); // after everything that writes
        }
    }
}
