using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Paths;

/// <summary>What the operating system knows a file by, whatever names lead to it.</summary>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>Looks a file up, following links.</summary>
    /// <param name="isRegular">Whether it is an ordinary file; true where the system can't tell.</param>
    /// <returns>Null when it is not there, or where the system has no such notion.</returns>
    public static unsafe FileIdentity? Of(string path, out bool isRegular)
    {
        isRegular = true;
        if (!OperatingSystem.IsLinux()) return null;

        // statx, because its record is the same on every architecture: https://man7.org/linux/man-pages/man2/statx.2.html
        var record = stackalloc byte[StatxBytes];
        fixed (byte* name = Utf8.Terminated(path))
        {
            if (Statx(WorkingDirectory, name, 0, BasicFields, record) != 0) return null;
        }

        isRegular = (*(ushort*)(record + 28) & FormatMask) == RegularFile;
        var device = ((ulong)*(uint*)(record + 136) << 32) | *(uint*)(record + 140);
        return new FileIdentity(device, *(ulong*)(record + 32));
    }

    private const int StatxBytes = 256;
    private const int WorkingDirectory = -100;
    private const uint BasicFields = 0x7ff;
    private const int FormatMask = 0xf000;
    private const int RegularFile = 0x8000;

    [LibraryImport("libc", EntryPoint = "statx")]
    private static unsafe partial int Statx(int directory, byte* path, int flags, uint mask, byte* record);
}
