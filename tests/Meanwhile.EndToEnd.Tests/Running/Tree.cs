namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>The working tree that these tests were built in.</summary>
internal static class Tree
{
    public static string PathOf(string name) => Path.Combine(Root, name);

    private static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Meanwhile.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Meanwhile.slnx is in no parent folder.");
        return folder;
    }
}
