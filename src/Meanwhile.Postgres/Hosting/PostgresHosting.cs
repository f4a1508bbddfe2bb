using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Meanwhile.Hosting;

/// <summary>Lets an engine keep its jobs in PostgreSQL, shared by any number of nodes.</summary>
public static class PostgresHosting
{
    /// <summary>Looks whether a node could start on a store, without touching it.</summary>
    /// <returns>A sentence about the server and the store.</returns>
    /// <exception cref="StoreUnusableException">It could not.</exception>
    /// <exception cref="StoreUnavailableException">The database can't be reached.</exception>
    public static ValueTask<string> CheckStoreAsync(string connectionString, CancellationToken cancellationToken, PostgresStoreOptions? options = null) =>
        PostgresStore.CheckAsync(ConnectionStrings.Normalize(connectionString), options ?? new PostgresStoreOptions(), cancellationToken);

    /// <summary>Keeps jobs, and results too unless told otherwise, in a schema of a PostgreSQL database.</summary>
    /// <param name="connectionString">As Npgsql reads it, or a <c>postgres://</c> URI. Never logged.</param>
    public static TBuilder UsePostgres<TBuilder>(this TBuilder builder, string connectionString, Func<PostgresStoreOptions, PostgresStoreOptions>? configure = null)
        where TBuilder : IMeanwhileBuilder
    {
        var options = configure?.Invoke(new PostgresStoreOptions()) ?? new PostgresStoreOptions();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IStoreOpener>(services => new PostgresStoreOpener(ConnectionStrings.Normalize(connectionString), options, services.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
