using Meanwhile.Cli.Configuration;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Doctor;

/// <summary>What can be seen on this machine without asking a server.</summary>
internal static class LocalChecks
{
    private const long FreeBytesWanted = 1024L * 1024 * 1024;

    /// <summary>Whether the configuration file can be read; nothing when none is named.</summary>
    public static IEnumerable<Finding> Configuration(FileInfo? file)
    {
        if (file is null) yield break;
        Finding finding;
        try
        {
            var configuration = ConfigurationFile.Read(file.FullName);
            finding = Finding.Ok("configuration", $"{file.FullName}: {Texts.Count(configuration.Sources.Count, "source")}.");
        }
        catch (UsageException wrong)
        {
            finding = Finding.Bad("configuration", wrong.Message, wrong.Hint ?? "See docs/operations.md for what it can hold.");
        }

        yield return finding;
    }

    /// <summary>Whether the data directory can be used; nothing when none is named.</summary>
    public static IEnumerable<Finding> Data(DirectoryInfo? directory)
    {
        if (directory is null) yield break;
        if (!directory.Exists)
        {
            yield return Finding.Warning("data directory", $"{directory.FullName} does not exist.", "The first 'meanwhile serve' makes it.");
            yield break;
        }

        var free = new DriveInfo(directory.FullName).AvailableFreeSpace;
        yield return free < FreeBytesWanted
            ? Finding.Warning("disk", $"{Texts.Bytes(free)} free at {directory.FullName}.", "Make room: results are refused when less than 256 MiB are left.")
            : Finding.Ok("disk", $"{Texts.Bytes(free)} free at {directory.FullName}.");
        var announcement = Path.Combine(directory.FullName, "server.json");
        yield return File.Exists(announcement)
            ? Finding.Ok("data directory", $"Last served as {Printable.Of(File.ReadAllText(announcement).Trim())}.")
            : Finding.Ok("data directory", "No server has used it yet.");
    }

    /// <summary>Whether the login file is readable, and by its owner alone.</summary>
    public static IEnumerable<Finding> Login(Shell shell)
    {
        var path = LoginFile.PathIn(shell);
        if (!File.Exists(path)) yield break;
        var mode = OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);
        yield return (mode & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) == UnixFileMode.None
            ? Finding.Ok("login", path)
            : Finding.Bad("login", $"{path} can be read by others.", $"chmod 600 {path}, and revoke the key if somebody may have seen it.");
    }
}
