namespace Meanwhile.Sqlite.Source.Paths;

/// <summary>Follows symbolic links.</summary>
internal static class Links
{
    /// <summary>As many links as Linux follows in one path.</summary>
    private const int FollowedMax = 40;

    /// <summary>The path with every link in it, of any component, replaced by what it leads to. What does not exist stays as it is.</summary>
    /// <param name="path">A full path.</param>
    /// <returns>Null when there are too many links, as in a circle.</returns>
    public static string? Resolve(string path)
    {
        var followed = 0;
        var resolved = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(Components(path).Reverse());
        while (rest.TryPop(out var component))
        {
            if (component == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }

            var next = Path.Combine(resolved, component);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++followed > FollowedMax) return null;
            if (Path.IsPathFullyQualified(target)) resolved = Path.GetPathRoot(target)!;
            foreach (var part in Components(target).Reverse()) rest.Push(part);
        }

        return resolved;
    }

    private static IEnumerable<string> Components(string path) =>
        path[(Path.GetPathRoot(path)?.Length ?? 0)..].Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Where(part => part is not ("" or "."));
}
