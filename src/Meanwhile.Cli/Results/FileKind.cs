using System.Runtime.InteropServices;
using System.Text;

namespace Meanwhile.Cli.Results;

/// <summary>What is at a path, symbolic links followed.</summary>
internal enum FileKind
{
    /// <summary>Nothing yet; also a link that leads nowhere.</summary>
    Nothing,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A device, a FIFO, a socket or a folder.</summary>
    Special,
}

/// <summary>Tells regular files from devices, FIFOs and sockets, which .NET 10 does not.</summary>
internal static class FileKinds
{
    /// <summary>What is at a path. Elsewhere than on Linux only what lies below /dev is taken for special.</summary>
    public static FileKind Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (path.StartsWith("/dev/", StringComparison.Ordinal)) return FileKind.Special;
            return File.Exists(WholeFile.Target(path).FullName) ? FileKind.Regular : FileKind.Nothing;
        }

        var answer = new byte[StatxBytes];
        if (Statx(AtWorkingDirectory, Encoding.UTF8.GetBytes(path + '\0'), 0, MaskType, answer) != 0) return FileKind.Nothing;
        return (MemoryMarshal.Read<ushort>(answer.AsSpan(ModeOffset)) & TypeBits) == RegularType ? FileKind.Regular : FileKind.Special;
    }

    // struct statx has the same layout on every architecture: https://man7.org/linux/man-pages/man2/statx.2.html
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int AtWorkingDirectory = -100;
    private const uint MaskType = 1;
    private const int TypeBits = 0xF000;
    private const int RegularType = 0x8000;

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] answer);
}
