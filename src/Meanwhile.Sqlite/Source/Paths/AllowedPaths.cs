namespace Meanwhile.Sqlite.Source.Paths;

/// <summary>Decides which database file a source may open: one below a root, and nothing of the server's own.</summary>
/// <remarks>Asked anew for every connection, because links and files change.</remarks>
internal sealed class AllowedPaths(IReadOnlyList<string> roots, string? dataDirectory)
{
    /// <summary>The folder of the data directory that may hold databases of sources.</summary>
    public const string SourcesFolder = "sources";

    /// <summary>What is wrong with a path as written, without touching the disk; null = nothing.</summary>
    public string? Refusal(string path)
    {
        if (path.Contains('\0')) return "The path holds a NUL character.";
        if (path.StartsWith("file:", StringComparison.OrdinalIgnoreCase)) return "URIs are not accepted: give a plain path.";
        if (path.StartsWith(":memory:", StringComparison.OrdinalIgnoreCase)) return "A database in memory is not accepted: give the path of a file.";
        if (CompanionSuffixes.Any(suffix => path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))) return "The path names a journal of a database, not a database.";
        return roots.Any(root => IsBelow(FullPath(path), Path.GetFullPath(root))) ? null : "The path lies below none of the directories that the server allows for databases.";
    }

    /// <summary>Resolves a path to the file that may be opened; there may be none yet.</summary>
    /// <returns>The path without any link in it.</returns>
    /// <exception cref="SourceException">It may not be used.</exception>
    public string Resolve(string path)
    {
        if (Refusal(path) is { } refusal) throw NotAllowed(refusal);

        var resolved = Links.Resolve(FullPath(path)) ?? throw NotAllowed("The path has too many links.");
        if (!roots.Any(root => Links.Resolve(Path.GetFullPath(root)) is { } real && IsBelow(resolved, real)))
        {
            throw NotAllowed("Through a link, the path leads out of the directories that the server allows for databases.");
        }

        if (dataDirectory is not null && IsServersOwn(resolved, dataDirectory)) throw NotAllowed("The path leads to a file of the server's own.");
        return resolved;
    }

    private string FullPath(string path) => Path.GetFullPath(path, Path.GetFullPath(roots[0]));

    private static bool IsServersOwn(string resolved, string dataDirectory)
    {
        var data = Links.Resolve(Path.GetFullPath(dataDirectory));
        if (data is null) return true; // nobody can tell: stay on the safe side

        var sources = Links.Resolve(Path.Combine(data, SourcesFolder));
        if (IsBelow(resolved, data) && (sources is null || !IsBelow(resolved, sources))) return true;
        if (FileIdentity.Of(resolved, out _) is not { } identity || !Directory.Exists(data)) return false;

        // A hard link has a name of its own, but device and inode give it away.
        return Directory.EnumerateFiles(data).Any(own => FileIdentity.Of(own, out _) == identity);
    }

    private static bool IsBelow(string path, string directory)
    {
        var prefix = Path.EndsInDirectorySeparator(directory) ? directory : directory + Path.DirectorySeparatorChar;
        return path.Length > prefix.Length && path.StartsWith(prefix, PathComparison);
    }

    private static SourceException NotAllowed(string message) => SourceException.Permission(
        message, "path_not_allowed", "Move the database below an allowed directory, or have the operator allow its directory.");

    private static readonly string[] CompanionSuffixes = ["-wal", "-shm", "-journal"];
    private static readonly StringComparison PathComparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
