using Meanwhile.Cli.Problems;
using Meanwhile.Hosting;

namespace Meanwhile.Cli.Serve;

/// <summary>The data directory and its folder for databases, for nobody else to read.</summary>
internal static class DataFolders
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes what is missing; a folder that is there stays as it is.</summary>
    /// <exception cref="UsageException">There can be none at this place.</exception>
    public static void Make(string data)
    {
        try
        {
            MakeOne(data); // by itself, because only the last folder of a path gets the mode
            MakeOne(Path.Combine(data, SqliteHosting.SourcesFolder));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{data} can't be the data directory: {Reason(data, refused)}.", "Name another place with --data.");
        }
    }

    private static void MakeOne(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }

    private static string Reason(string data, Exception refused)
    {
        for (var at = data; at is not null; at = Path.GetDirectoryName(at))
        {
            if (File.Exists(at)) return $"{at} is a file";
        }

        return refused is UnauthorizedAccessException ? "this user may not write there" : "folders can't be made there";
    }
}
