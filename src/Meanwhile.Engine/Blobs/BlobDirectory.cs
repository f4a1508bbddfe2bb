namespace Meanwhile.Blobs;

/// <summary>The tree of files below a store's root: makes directories, lists, deletes; never leaves the root.</summary>
/// <remarks>Safe for concurrent use: directories that somebody empties may vanish under whoever makes a file in them, who then makes them again.</remarks>
/// <param name="root">Absolute, without a separator at its end.</param>
internal sealed class BlobDirectory(string root)
{
    private const int CreateTriesMax = 100;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>How many names of a directory are held at once while it is listed.</summary>
    internal const int ListBatchMax = 65_536;

    /// <summary>The path of a key that was checked.</summary>
    /// <exception cref="IOException">A symbolic link is on the way: it could lead out of the root.</exception>
    public string PathOf(string key)
    {
        var path = root;
        foreach (var segment in key.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(path, segment);
            if (new FileInfo(path).LinkTarget is not null) throw new IOException($"{path} is a symbolic link, which a blob store does not follow.");
        }

        return path;
    }

    /// <summary>Makes a file and the directories above it.</summary>
    /// <exception cref="IOException">The file exists.</exception>
    public static FileStream CreateNew(string path)
    {
        for (var tries = 1; ; tries++)
        {
            var directoryMade = false;
            try
            {
                MakeFolder(Path.GetDirectoryName(path)!);
                directoryMade = true;
                return new FileStream(path, CreationOptions());
            }
            catch (IOException failure) when (tries < CreateTriesMax && (!directoryMade || failure is DirectoryNotFoundException or FileNotFoundException))
            {
                // a deleter found a directory empty and removed it just before our file was there
            }
        }
    }

    /// <summary>Makes a folder, and those above it that are missing, for its owner alone.</summary>
    public static void MakeFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (Path.GetDirectoryName(path) is { } above) MakeFolder(above); // the runtime gives the mode to the last folder only
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    private static FileStreamOptions CreationOptions()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }

    /// <summary>The names in a directory, in ordinal order; of directories that are not empty, with '/'.</summary>
    /// <remarks>A directory of more than <see cref="ListBatchMax"/> names is read several times, so that memory stays bounded.</remarks>
    public static IEnumerable<string> List(string directory, int batchMax = ListBatchMax)
    {
        string? after = null;
        while (true)
        {
            var batch = Smallest(directory, after, batchMax);
            foreach (var name in batch) yield return name;
            if (batch.Count < batchMax) yield break;
            after = batch[^1];
        }
    }

    /// <summary>Deletes a file, or a whole directory without following links, and then the directories above that are empty.</summary>
    public void Delete(string path)
    {
        if (Directory.Exists(path)) DeleteTree(new DirectoryInfo(path));
        else DeleteFile(path);

        for (var above = Path.GetDirectoryName(path)!; above.Length > root.Length && RemoveIfEmpty(above); above = Path.GetDirectoryName(above)!)
        {
        }
    }

    private static List<string> Smallest(string directory, string? after, int count)
    {
        PriorityQueue<string, string> largestFirst = new(Comparer<string>.Create((left, right) => string.CompareOrdinal(right, left)));
        foreach (var name in Names(directory))
        {
            if (after is not null && string.CompareOrdinal(name, after) <= 0) continue;
            if (largestFirst.Count < count) largestFirst.Enqueue(name, name);
            else largestFirst.EnqueueDequeue(name, name);
        }

        List<string> names = [.. largestFirst.UnorderedItems.Select(item => item.Element)];
        names.Sort(string.CompareOrdinal);
        return names;
    }

    private static IEnumerable<string> Names(string directory)
    {
        if (!Directory.Exists(directory)) yield break;
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (entry is not DirectoryInfo below) yield return entry.Name;
            else if (below.LinkTarget is null && !IsEmpty(below.FullName)) yield return entry.Name + '/';
        }
    }

    private static void DeleteTree(DirectoryInfo directory)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo below && below.LinkTarget is null) DeleteTree(below);
            else DeleteFile(entry.FullName);
        }

        RemoveIfEmpty(directory.FullName);
    }

    private static void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // what is not there is no error
        }
    }

    /// <summary>Whether it is gone. The system refuses to remove what is not empty, so a file made meanwhile is safe.</summary>
    private static bool RemoveIfEmpty(string directory)
    {
        if (!Directory.Exists(directory)) return true;
        if (!IsEmpty(directory)) return false;
        try
        {
            Directory.Delete(directory, recursive: false);
            return true;
        }
        catch (IOException)
        {
            return !Directory.Exists(directory); // somebody put a file there, or removed it first
        }
    }

    private static bool IsEmpty(string directory)
    {
        try
        {
            return !Directory.EnumerateFileSystemEntries(directory).Any();
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
    }
}
