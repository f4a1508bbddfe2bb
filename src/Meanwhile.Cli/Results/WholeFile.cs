namespace Meanwhile.Cli.Results;

/// <summary>Files that are there only once they are whole.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the place and moves it there, with the mode of the file that was there; what failed leaves nothing behind.</summary>
    /// <remarks>Symbolic links stay: what they lead to is written. A device, FIFO or socket is written straight through.</remarks>
    public static Task WriteAsync(FileInfo file, Func<Stream, Task> write)
    {
        var kind = FileKinds.Of(file.FullName);
        if (kind == FileKind.Special) return WriteThroughAsync(file.FullName, FileMode.Open, write);
        var target = Target(file.FullName);
        return kind == FileKind.Regular && !target.Exists
            ? WriteThroughAsync(file.FullName, FileMode.Truncate, write) // a file that is open and has no name any more, as behind /dev/stdout: nothing could be moved there
            : ReplaceAsync(target, write);
    }

    /// <summary>The place that symbolic links lead to in the end, there or not.</summary>
    public static FileInfo Target(string path) => new FileInfo(path).LinkTarget is not null && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target
        ? new FileInfo(target.FullName)
        : new FileInfo(path);

    private static async Task WriteThroughAsync(string path, FileMode mode, Func<Stream, Task> write)
    {
        await using var stream = new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite);
        await write(stream);
    }

    private static async Task ReplaceAsync(FileInfo file, Func<Stream, Task> write)
    {
        var unfinished = file.FullName + ".partial";
        try
        {
            File.Delete(unfinished);
            await using (var stream = new FileStream(unfinished, Creation(file))) await write(stream);
            if (file.Exists && !OperatingSystem.IsWindows()) File.SetUnixFileMode(unfinished, file.UnixFileMode); // once more, as the umask may have taken something from it
            File.Move(unfinished, file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Nobody may read the rows who may not read the file that they replace.</summary>
    private static FileStreamOptions Creation(FileInfo file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (file.Exists && !OperatingSystem.IsWindows()) options.UnixCreateMode = file.UnixFileMode | UnixFileMode.UserWrite;
        return options;
    }
}
