using Meanwhile.Jobs;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Parameters;
using Meanwhile.Sqlite.Source.Paths;

namespace Meanwhile.Sqlite.Source;

/// <summary>Makes connections of one source as its definition and the operator's options say.</summary>
/// <remarks>No message shows a setting's value: it may have come from a secret.</remarks>
internal sealed class Connector(SourceSettings settings, SourceOptions options, SqliteSourceOptions server, TimeProvider time)
{
    private readonly AllowedPaths _paths = new(server.Roots, server.DataDirectory);

    /// <summary>Whether writes are refused.</summary>
    public bool ReadOnly => options.ReadOnly;

    private long MemoryBytesMax => Math.Min(settings.MemoryBytesMax ?? long.MaxValue, server.MemoryBytesMax);

    /// <summary>The failure of a statement that took too much memory.</summary>
    public JobError MemoryExceeded => JobError.Of(
        ErrorKind.ResourceLimit, $"The statement took more memory than the {MemoryBytesMax} bytes that the source allows.", "memory_limit", "Raise memory_max_bytes of the source, or lower its cache_size_kib.");

    /// <summary>A guard for one connection.</summary>
    public StatementGuard Guard(CancellationToken stop) => new(options.ReadOnly, MemoryBytesMax, server.MinFreeBytes, settings.BusyTimeout, time, stop);

    /// <summary>The request's text.</summary>
    /// <exception cref="SourceException">It can't be a statement.</exception>
    public SqlText Encode(StatementRequest request) => SqlText.Encode(request.Sql, server.SqlBytesMax);

    /// <summary>Reads the request's parameters, after a look at what is refused before any of the script runs, and at what no limit of SQLite's covers.</summary>
    /// <exception cref="SourceException">A parameter is wrong, a statement is not allowed, or it could take the process's stack.</exception>
    public static ParameterSet Parameters(StatementRequest request, SqlText text, ParameterScan scan)
    {
        if (scan.NestingMax > NestingMax) throw SourceException.Syntax($"Parentheses stand {scan.NestingMax} deep within each other; at most {NestingMax} are accepted.", "statement_too_deep");
        if (scan.Denied is { Denial: var denial, Offset: var offset }) throw SourceException.Permission(denial.Message, denial.Code, denial.Hint, text.PositionOf(offset));
        return ParameterSet.Read(request.Parameters, scan);
    }

    /// <summary>SQLite recurses for subqueries in FROM and WITH, and its limit on expressions does not count them: 60,000 of them end the process.</summary>
    private const int NestingMax = 500;

    /// <summary>Opens a connection.</summary>
    /// <exception cref="SourceException">The file is not there, may not be used, or can't be opened.</exception>
    public SourceDatabase Open(StatementGuard guard)
    {
        var path = _paths.Resolve(settings.Path);
        if (FileIdentity.Of(path, out var isRegular) is null && !File.Exists(path) && !settings.Create)
        {
            throw new SourceException(JobError.Of(
                ErrorKind.NotFound, "There is no database file where the source's path points.", "file_not_found", "Check the source's \"path\"; a relative one is taken below the first allowed directory."));
        }

        if (!isRegular || Directory.Exists(path)) throw SourceException.Permission("The source's path points at something that is not an ordinary file.", "path_not_allowed");

        return SourceDatabase.Open(path, new(options.ReadOnly, settings.Create, settings.CacheSizeKib, server.ValueBytesMax, server.SqlBytesMax), guard);
    }
}
