using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Meanwhile.Blobs;

/// <summary>Puts directory entries on stable storage: a file's own sync does not keep its name.</summary>
/// <remarks>The runtime can't open a directory, so this calls libc. On Windows names are durable with the file, and nothing is done.</remarks>
internal static class DurableDirectories
{
    private const int ReadOnly = 0;

    /// <summary>Syncs a directory and those above it, up to and with the root.</summary>
    /// <param name="directory">The root, or below it.</param>
    /// <exception cref="IOException">It could not be synced: nothing is known to be durable.</exception>
    public static void Sync(string directory, string root)
    {
        if (OperatingSystem.IsWindows()) return;
        for (var at = directory; ; at = Path.GetDirectoryName(at)!)
        {
            SyncOne(at);
            if (at.Length <= root.Length) return;
        }
    }

    private static void SyncOne(string directory)
    {
        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0) throw Failure(directory);
        try
        {
            if (Fsync(descriptor) != 0) throw Failure(directory);
        }
        finally
        {
            _ = Close(descriptor); // opened for reading: closing loses nothing
        }
    }

    private static IOException Failure(string directory)
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"The directory {directory} could not be synced: {cause.Message}", cause);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
