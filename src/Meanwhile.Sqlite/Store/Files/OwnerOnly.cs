namespace Meanwhile.Sqlite.Store.Files;

/// <summary>Makes files and folders that their owner alone can read, whatever the umask; on Windows the folder above decides.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode700 = FileMode600 | UnixFileMode.UserExecute;

    /// <summary>Makes a folder; one that is there stays as whoever made it wanted it.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, FolderMode700);
    }

    /// <summary>Opens a file to write, and makes it if it is not there.</summary>
    public static FileStream OpenFile(string path, FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode600;
        return new FileStream(path, options);
    }

    /// <summary>Takes from a file or folder what its owner alone should have; nothing when it is not there.</summary>
    public static void Tighten(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path)) return;
        var mode = File.GetUnixFileMode(path);
        var wanted = mode & (isFolder ? FolderMode700 : FileMode600);
        if (mode == wanted) return;
        try
        {
            File.SetUnixFileMode(path, wanted);
        }
        catch (UnauthorizedAccessException)
        {
            // another user's: who may read it is that user's to say
        }
    }
}
