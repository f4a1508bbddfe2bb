using System.Security.Cryptography;
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

    /// <summary>Begins another history of a store that was restored from a dump or to a point in time: cursors handed out before are gone, every epoch ends, and what ran goes on as work of lost nodes.</summary>
    /// <param name="force">Also while nodes use the store; without, it is looked for some seconds whether any does.</param>
    /// <exception cref="StoreUnusableException">There is no store, it can't be used as it is, or nodes use it; nothing was touched.</exception>
    /// <exception cref="StoreUnavailableException">The database can't be reached.</exception>
    public static ValueTask<RestoredStore> RestoredAsync(string connectionString, bool force, TimeProvider time, CancellationToken cancellationToken, PostgresStoreOptions? options = null) =>
        PostgresStore.RestoredAsync(ConnectionStrings.Normalize(connectionString), time, RandomNumberGenerator.Fill, options ?? new PostgresStoreOptions(), force, cancellationToken);

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
