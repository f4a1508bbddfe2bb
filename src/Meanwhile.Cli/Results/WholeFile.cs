namespace Meanwhile.Cli.Results;

/// <summary>Files that are there only once they are whole.</summary>
internal static class WholeFile
{
    /// <summary>Writes beside the place and moves it there; what failed leaves nothing behind.</summary>
    public static async Task WriteAsync(FileInfo file, Func<Stream, Task> write)
    {
        var unfinished = file.FullName + ".partial";
        try
        {
            await using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write)) await write(stream);
            File.Move(unfinished, file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
