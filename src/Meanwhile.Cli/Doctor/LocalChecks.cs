using System.Text.Json;
using Meanwhile.Cli.Configuration;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Hosting;
using Meanwhile.Stores;

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
        yield return Server(Path.Combine(directory.FullName, "server.json"));
        yield return Store(directory.FullName);
    }

    /// <summary>Who has, or had, the directory.</summary>
    private static Finding Server(string announcement)
    {
        if (!File.Exists(announcement)) return Finding.Ok("data directory", "No server has used it yet.");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(announcement));
            return Finding.Ok("data directory", Printable.Of($"Last served at {json.RootElement.GetProperty("url").GetString()} by process {json.RootElement.GetProperty("pid").GetInt32()}."));
        }
        catch (Exception bad) when (bad is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            return Finding.Warning("data directory", $"{announcement} can't be read.", "A server that starts writes it anew.");
        }
    }

    /// <summary>Whether a server could start on the store, in the words that the start would use.</summary>
    private static Finding Store(string directory)
    {
        try
        {
            SqliteHosting.CheckStore(directory);
            return Finding.Ok("store", "A server can start on it.");
        }
        catch (StoreUnusableException unusable)
        {
            return Finding.Bad("store", unusable.Message, "'meanwhile serve' refuses it until then.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Finding.Bad("store", $"It can't be read: {unreadable.Message}", "Run this as the user that runs the server.");
        }
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
