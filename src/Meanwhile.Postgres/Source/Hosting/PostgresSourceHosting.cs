using Meanwhile.Postgres.Source;
using Meanwhile.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Meanwhile.Hosting;

/// <summary>Lets an engine query PostgreSQL databases.</summary>
public static class PostgresSourceHosting
{
    /// <summary>The engine decides how many statements of a source run at once; this only bounds the connections.</summary>
    private const int ConnectionsMax = 256;

    /// <summary>Knows sources of type <c>postgres</c>.</summary>
    /// <param name="configure">Changes what sources are allowed; see <see cref="PostgresSourceOptions"/>.</param>
    public static TBuilder AddPostgresSources<TBuilder>(this TBuilder builder, Func<PostgresSourceOptions, PostgresSourceOptions>? configure = null)
        where TBuilder : IMeanwhileBuilder
    {
        var options = new PostgresSourceOptions { ConcurrencyDefault = ConnectionsMax };
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ISourceFactory>(services => new PostgresSourceFactory(configure?.Invoke(options) ?? options, services.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
