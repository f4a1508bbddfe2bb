using System.Security.Cryptography;
using Meanwhile.Access;
using Meanwhile.Offloading;
using Meanwhile.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Meanwhile.Hosting;

/// <summary>Registers the engine with a host.</summary>
public static class MeanwhileServices
{
    /// <summary>Adds an engine that starts and stops with the host, reachable as <see cref="IMeanwhile"/>.</summary>
    /// <param name="configure">Names at least a store.</param>
    public static IServiceCollection AddMeanwhile(this IServiceCollection services, Action<MeanwhileBuilder> configure)
    {
        var builder = new MeanwhileBuilder(services);
        configure(builder);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IWorkOffload, PoolOffload>();
        services.TryAddSingleton<IPulse>(provider => provider.GetRequiredService<TimeProvider>() is var time && time == TimeProvider.System ? new ThreadPulse() : new ClockPulse(time));
        services.TryAddSingleton(new Chance(RandomNumberGenerator.Fill, static () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue));
        services.AddSingleton(provider => new MeanwhileHost(provider, builder));
        services.AddSingleton<IMeanwhile>(provider => provider.GetRequiredService<MeanwhileHost>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<MeanwhileHost>());
        return services;
    }
}
