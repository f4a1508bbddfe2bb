using Meanwhile.Sources;
using Meanwhile.Sqlite.Source;
using Meanwhile.Sqlite.Store;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Meanwhile.Hosting;

/// <summary>Lets an engine keep its jobs in SQLite, and query SQLite databases.</summary>
public static class SqliteHosting
{
    /// <summary>The folder of a data directory in which sources' databases may lie.</summary>
    public const string SourcesFolder = "sources";

    /// <summary>The engine decides how many statements of a source run at once; this only bounds the threads.</summary>
    private const int ThreadsMax = 256;

    /// <summary>Looks at the store of a data directory without opening or touching it, as a start does first.</summary>
    /// <exception cref="StoreUnusableException">It is damaged, another program's, or of a newer version.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static void CheckStore(string directory) => StoreFile.Check(Path.Combine(Path.GetFullPath(directory), "meanwhile.db"));

    /// <summary>Keeps jobs in the SQLite store of a data directory, results below it, and knows sources of type <c>sqlite</c>.</summary>
    /// <param name="directory">Made when it is not there; held by one process at a time.</param>
    /// <param name="pathRoots">Folders below which databases of sources may lie, besides those that <see cref="SourcesRoot"/> tells.</param>
    public static TBuilder UseSqlite<TBuilder>(this TBuilder builder, string directory, IReadOnlyList<string>? pathRoots = null, Func<SqliteStoreOptions, SqliteStoreOptions>? configure = null)
        where TBuilder : IMeanwhileBuilder
    {
        var data = Path.GetFullPath(directory);
        var sources = Path.Combine(data, SourcesFolder);
        var options = configure?.Invoke(new SqliteStoreOptions()) ?? new SqliteStoreOptions();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IStoreOpener>(services => new SqliteStoreOpener(data, options, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<ISourceFactory>(services =>
        {
            OwnerOnly.MakeFolder(data); // first, because only the last folder of a path gets the mode
            OwnerOnly.MakeFolder(sources);
            var allowed = new SqliteSourceOptions
            {
                Roots = [sources],
                RootsFor = definition => [SourcesRoot(data, definition), .. pathRoots ?? []],
                DataDirectory = data,
                ConcurrencyDefault = ThreadsMax,
            };
            return new SqliteSourceFactory(allowed, services.GetRequiredService<TimeProvider>());
        });
        return builder;
    }

    /// <summary>The folder of a data directory in which a source's database may lie: an instance admin's anywhere in <c>sources</c>, a project's own in <c>sources/PROJECT</c>, which is made.</summary>
    public static string SourcesRoot(string directory, SourceDefinition definition)
    {
        var sources = Path.Combine(directory, SourcesFolder);
        return definition.ByInstanceAdmin ? sources : Directory.CreateDirectory(Path.Combine(sources, definition.Project)).FullName;
    }
}
