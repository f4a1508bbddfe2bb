using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Enqueuing;
using Meanwhile.Problems;
using Meanwhile.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>A whole engine on a real store.</summary>
internal sealed class RealNode : IAsyncDisposable
{
    private static readonly Caller Admin = new() { Project = "default", Principal = "admin", Role = Role.Admin, IsInstanceAdmin = true };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ServiceProvider _services;
    private readonly LogText _log;

    private RealNode(ServiceProvider services, LogText log) => (_services, _log) = (services, log);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public IJobs Jobs => _services.GetRequiredService<MeanwhileHost>().As(Admin);

    public IAdministration Administration => _services.GetRequiredService<MeanwhileHost>().AdministrationAs(Admin);

    /// <summary>Everything that was logged.</summary>
    public string Log => _log.Text;

    /// <summary>Starts one.</summary>
    /// <param name="time">The node's clock; null = the machine's.</param>
    public static async Task<RealNode> StartAsync(string connection, string name = "n", TimeProvider? time = null, string schema = "meanwhile", Action<EngineOptions>? configure = null)
    {
        var (services, log) = (new ServiceCollection(), new LogText());
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton<ILoggerFactory>(log);
        services.AddMeanwhile(engine =>
        {
            engine.UsePostgres(connection, options => options with { Schema = schema });
            engine.AddTool(new EchoTool());
            engine.Configure(options => (options.Node, options.ShutdownGrace) = (name, TimeSpan.Zero));
            engine.Configure(options => configure?.Invoke(options));
        });
        var node = new RealNode(services.BuildServiceProvider(), log);
        try
        {
            await node._services.GetRequiredService<MeanwhileHost>().StartAsync(Token);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>A job that says something.</summary>
    public static JobRequest Echo(string say = "hello") => new() { Tool = "echo", Params = JsonSerializer.SerializeToElement(new EchoParams(say), EchoJson.Default.EchoParams) };

    /// <summary>Submits until a submission is refused.</summary>
    /// <param name="kept">Takes what was acknowledged.</param>
    public async Task<Problem> UntilRefusedAsync(JobRequest request, ICollection<JobId> kept)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (true)
        {
            try
            {
                kept.Add((await Jobs.SubmitAsync(request, patience.Token)).Job.Id);
            }
            catch (ProblemException refused)
            {
                return refused.Problem;
            }
        }
    }

    /// <summary>Submits until a submission is accepted, and returns its job once it has ended.</summary>
    public async Task<Job> UntilRunAsync(JobRequest request)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                return await EndedAsync((await Jobs.SubmitAsync(request, patience.Token)).Job.Id);
            }
            catch (ProblemException refused) when (refused.Problem.Code == ProblemCodes.Unavailable)
            {
                await ticks.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    /// <summary>The job once it has ended, also when the store is away now and then.</summary>
    public async Task<Job> EndedAsync(JobId id)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                if (await Jobs.WaitAsync(id.ToString(), null, TimeSpan.FromSeconds(5), patience.Token) is { Status.IsFinal: true } job) return job;
            }
            catch (ProblemException refused) when (refused.Problem.Code == ProblemCodes.Unavailable)
            {
                await ticks.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    /// <summary>Looks again and again until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isSo()) await ticks.WaitForNextTickAsync(patience.Token);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class LogText : ILoggerFactory, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = [];

        public string Text => string.Join('\n', _lines);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");

        public void Dispose()
        {
        }
    }
}
