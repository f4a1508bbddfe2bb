using System.Diagnostics;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Server.Callbacks;
using Meanwhile.Server.Health;
using Meanwhile.Server.Operations;
using Meanwhile.Tools;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Server;

/// <summary>Adds the HTTP face to a host.</summary>
public static class MeanwhileServer
{
    /// <summary>Registers what <see cref="MapMeanwhile"/> needs, besides the engine: an <see cref="IMeanwhile"/> must be registered as well.</summary>
    public static IServiceCollection AddMeanwhileServer(this IServiceCollection services, Action<MeanwhileServerOptions>? configure = null)
    {
        var options = new MeanwhileServerOptions();
        configure?.Invoke(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.TryAddSingleton<IEndpointCaller, HttpEndpointCaller>();
        services.AddSingleton(provider => new Waits(options.WaitsMax, provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
        services.AddSingleton(provider => new Edge(
            provider.GetRequiredService<IMeanwhile>(), options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<Waits>(), provider.GetRequiredService<ILogger<Edge>>()));
        services.AddHostedService(provider => new EngineStopsFirst(provider.GetService<MeanwhileHost>(), provider.GetRequiredService<IHostApplicationLifetime>(), options, provider.GetRequiredService<TimeProvider>()));
        services.Configure<LoggerFilterOptions>(logging => logging.Rules.Add(new LoggerFilterRule(null, RequestLines, LogLevel.Warning, null)));
        services.Configure<KestrelServerOptions>(kestrel => Bound(kestrel, options));
        return services.AddRouting();
    }

    /// <summary>Maps every operation under /v1, the health checks and the OpenAPI document.</summary>
    /// <exception cref="InvalidOperationException">AddMeanwhileServer was not called, or there is no engine.</exception>
    public static IEndpointConventionBuilder MapMeanwhile(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        if (services.GetService<MeanwhileServerOptions>() is not { } options) throw new InvalidOperationException("Call services.AddMeanwhileServer() before app.MapMeanwhile().");
        if (services.GetService<IMeanwhile>() is null) throw new InvalidOperationException("Call services.AddMeanwhile(...) before app.MapMeanwhile(): there is no engine to serve.");

        var edge = services.GetRequiredService<Edge>();
        var group = routes.MapGroup("");
        IReadOnlyList<Operation> operations = options.ServesCallers ? OperationTable.All : [.. HealthOperations.All];
        foreach (var operation in operations) group.MapMethods(operation.Pattern, MethodsOf(operation.Method), context => edge.RunAsync(context, operation));

        var unmapped = new Unmapped(operations).Operation;
        group.MapFallback(options.AnswersUnknownPaths ? "{**path}" : "/v1/{**path}", context => edge.RunAsync(context, unmapped));
        return group;
    }

    /// <summary>The methods that an operation's method answers: what can be got can be asked for by HEAD, without the body.</summary>
    internal static string[] MethodsOf(string method) => method == "GET" ? ["GET", "HEAD"] : [method];

    /// <summary>Logs whole addresses, and with them the words that somebody searches statements for.</summary>
    private const string RequestLines = "Microsoft.AspNetCore.Hosting.Diagnostics";

    /// <summary>How far over the limit a refused body is still read, and thrown away: a caller that is cut off while it sends would never see why.</summary>
    private const int ReadOverFactor = 4;

    private static void Bound(KestrelServerOptions kestrel, MeanwhileServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)options.BodyBytesMax * ReadOverFactor;
        kestrel.Limits.MaxRequestHeadersTotalSize = options.HeaderBytesMax;
        kestrel.Limits.MaxRequestHeaderCount = options.HeaderCountMax;
        kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
        kestrel.Limits.KeepAliveTimeout = options.KeepAlive;
    }
}
