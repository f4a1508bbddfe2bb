namespace Meanwhile.Architecture.Tests.Layout;

/// <summary>The working tree that these tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Files of the tree, what builds made aside.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Meanwhile.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Meanwhile.slnx is in no parent folder.");
        return folder;
    }
}
