using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Hardening;

/// <summary>Where SQLite keeps aside what a statement sorts or remembers beyond its cache. The files have no name once they are open, so a crash leaves none behind.</summary>
internal static unsafe class TemporaryFiles
{
    private static string? _directory;

    /// <summary>The folder; null = the system's, where SQLite looks for one itself.</summary>
    public static string? Directory => Volatile.Read(ref _directory);

    /// <summary>Has all of SQLite in this process use a folder, unless the operator names one in SQLITE_TMPDIR.</summary>
    public static void Use(string directory)
    {
        if (Environment.GetEnvironmentVariable("SQLITE_TMPDIR") is { Length: > 0 } chosen) directory = chosen;
        var library = NativeLibrary.Load(SourceCalls.Library, typeof(TemporaryFiles).Assembly, null);
        var place = (nint*)NativeLibrary.GetExport(library, "sqlite3_temp_directory");
        Volatile.Write(ref *place, Marshal.StringToCoTaskMemUTF8(directory)); // never freed: another thread may be reading the one before
        Volatile.Write(ref _directory, directory);
    }

    /// <summary>How many bytes may still be written there by this user; where the folder has gone, in the system's, which SQLite then takes.</summary>
    public static long FreeBytes => new DriveInfo(Directory is { } own && System.IO.Directory.Exists(own) ? own : Path.GetTempPath()).AvailableFreeSpace;
}
