using System.Diagnostics;
using System.Globalization;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>A file system of its own that is soon full. Needs root, as mounting does.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Ballast = "ballast";

    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted; the server's user can write there.</summary>
    public string Path { get; }

    public static SmallDisk Mount(int megabytes)
    {
        var path = Directory.CreateTempSubdirectory("mw-disk-").FullName;
        Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", path);
        Run("chown", TemporaryCluster.Superuser, path);
        return new SmallDisk(path);
    }

    /// <summary>Takes all room but some.</summary>
    public void Fill(int leavingMegabytes)
    {
        var free = new DriveInfo(Path).AvailableFreeSpace - (leavingMegabytes * 1024L * 1024L);
        Run("fallocate", "-l", free.ToString(CultureInfo.InvariantCulture), System.IO.Path.Combine(Path, Ballast));
    }

    /// <summary>Makes room again.</summary>
    public void Free() => File.Delete(System.IO.Path.Combine(Path, Ballast));

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed with {process.ExitCode}.");
    }
}
