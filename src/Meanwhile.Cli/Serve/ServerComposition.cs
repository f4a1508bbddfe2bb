using Meanwhile.Cli.Configuration;
using Meanwhile.Hosting;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Server;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Meanwhile.Cli.Serve;

/// <summary>Puts a server together: the one place that knows every part.</summary>
internal static class ServerComposition
{
    /// <summary>Until a load balancer has noticed that the server is not ready any more, where another one is there to go to.</summary>
    private const double SharedShutdownDelaySeconds = 3;

    /// <summary>Longer than the engine's own grace at shutdown, so that work is handed back and not cut off.</summary>
    private static readonly TimeSpan ShutdownWithin = TimeSpan.FromSeconds(40);

    /// <summary>The server, not started.</summary>
    public static WebApplication Build(ServeOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "meanwhile" });
        builder.WebHost.UseKestrelCore().UseUrls(options.Url.ToString());
        builder.Logging.SetMinimumLevel(options.LogLevel).AddSimpleConsole(Console).AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // why a start failed is told by the command, in a sentence
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace); // standard output is for people
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownWithin + ShutdownDelay(options));
        builder.Services.AddMeanwhile(engine => Configure(engine, options));
        builder.Services.AddMeanwhileServer(server => Configure(server, options));

        var app = builder.Build();
        app.MapMeanwhile();
        return app;
    }

    private static void Configure(MeanwhileBuilder engine, ServeOptions options)
    {
        var configuration = options.Configuration;
        var rules = configuration.Allow?.Select(RulesOf).ToArray();
        engine.UseSqlite(options.Data, configure: store => store with { HeapBytesMax = configuration.Limits.SqliteMemoryBytes ?? store.HeapBytesMax });
        if (options.Store is { } store) UseShared(engine, store);
        engine.Services.RemoveAll<ISourceFactory>(); // ours knows which folders each project may use
        engine.Services.AddSingleton<ISourceFactory>(services => new AllowedSqliteSources(options.Data, rules ?? [], configuration.Limits.MinFreeBytes, services.GetRequiredService<TimeProvider>()));
        engine.AddPostgresSources(postgres => postgres with { HostsFor = definition => AllowedHosts.For(definition, rules ?? []) });
        engine.Configure(settings => Configure(settings, options));
        foreach (var source in configuration.Sources) engine.AddSource(ConfigurationFile.ToDefinition(source));
        foreach (var tool in configuration.Tools) engine.AddTool(tool.ToDefinition());
        if (rules is not null) engine.Allow(rules);
    }

    private static void UseShared(MeanwhileBuilder engine, SharedStore store)
    {
        engine.Services.RemoveAll<IStoreOpener>();
        engine.UsePostgres(store.Connection, settings => settings with { ResultsDirectory = store.Results, DirectConnectionString = store.Direct });
    }

    private static void Configure(EngineOptions settings, ServeOptions options)
    {
        var (limits, defaults) = (options.Configuration.Limits, options.Configuration.Defaults);
        settings.AdminKeyFile = options.AdminKeyFile;
        settings.PublicUrl = options.Configuration.PublicUrl;
        settings.Node = options.Node ?? settings.Node;
        settings.Roles = options.Roles;
        settings.Concurrency = options.Concurrency ?? limits.Concurrency ?? settings.Concurrency;
        settings.StatementBytesMax = limits.MaxStatementBytes ?? settings.StatementBytesMax;
        settings.SourcesMax = limits.MaxSources ?? settings.SourcesMax;
        settings.MinFreeBytes = limits.MinFreeBytes ?? settings.MinFreeBytes;
        settings.SourceConcurrency = defaults.SourceConcurrency ?? settings.SourceConcurrency;
        settings.HistoryAge = defaults.HistoryDays is { } days ? TimeSpan.FromDays(days) : settings.HistoryAge;
        settings.CollectEvery = defaults.CollectSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : settings.CollectEvery;
        settings.WorkerDeadAfter = defaults.WorkerDeadSeconds is { } silent ? TimeSpan.FromSeconds(silent) : settings.WorkerDeadAfter;
        settings.FirstProject = defaults.Project ?? settings.FirstProject;
    }

    private static void Configure(MeanwhileServerOptions server, ServeOptions options)
    {
        var limits = options.Configuration.Limits;
        server.AllowPlainHttp = options.AllowPlainHttp;
        server.AnswersUnknownPaths = true;
        server.ServesCallers = options.Roles.HasFlag(NodeRoles.Api);
        server.TakesJobsWhileStopping = options.Store is not null; // another node runs them
        server.ShutdownDelay = ShutdownDelay(options);
        server.BodyBytesMax = limits.MaxBodyBytes ?? server.BodyBytesMax;
        server.PrincipalRequestsPerSecond = limits.RequestsPerSecond ?? server.PrincipalRequestsPerSecond;
        server.ProjectRequestsPerSecond = limits.ProjectRequestsPerSecond ?? server.ProjectRequestsPerSecond;
        server.FailedLoginsPerMinute = limits.FailedLoginsPerMinute ?? server.FailedLoginsPerMinute;
        foreach (var host in options.Configuration.Hosts) server.Hosts.Add(host);
        foreach (var origin in options.Configuration.Origins) server.Origins.Add(origin);
    }

    private static TimeSpan ShutdownDelay(ServeOptions options) =>
        TimeSpan.FromSeconds(options.Configuration.Limits.ShutdownDelaySeconds ?? (options.Store is null ? 0 : SharedShutdownDelaySeconds));

    private static void Console(SimpleConsoleFormatterOptions format)
    {
        format.SingleLine = true;
        format.UseUtcTimestamp = true;
        format.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        format.ColorBehavior = LoggerColorBehavior.Disabled;
    }

    private static SourceRules RulesOf(AllowRule rule) => new()
    {
        Projects = rule.Projects,
        References = rule.References,
        Types = rule.Types,
        PathRoots = rule.PathRoots,
        Hosts = rule.Hosts,
    };
}
