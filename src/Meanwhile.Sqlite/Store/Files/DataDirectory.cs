using System.Text.Json;
using System.Text.Json.Serialization;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Files;

/// <summary>What the server that holds a data directory says of itself.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="Pid">Its process.</param>
/// <param name="Epoch">Its node's epoch.</param>
internal sealed record ServerDescription(string Url, int Pid, long Epoch);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServerDescription))]
internal sealed partial class DataDirectoryJson : JsonSerializerContext;

/// <summary>A data directory that this process holds: <c>lock</c> is kept open, <c>server.json</c> beside it tells others who has it.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The store's file.</summary>
    public string StoreFile => System.IO.Path.Combine(Path, "meanwhile.db");

    private static string ServerFile(string path) => System.IO.Path.Combine(path, "server.json");

    /// <summary>Takes the directory, making it when it is not there.</summary>
    /// <exception cref="StoreUnusableException">Another server holds it; the message names that server.</exception>
    public static DataDirectory Take(string path)
    {
        OwnerOnly.MakeFolder(path);
        try
        {
            var taken = new DataDirectory(path, OwnerOnly.OpenFile(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite));
            foreach (var ours in (string[])["lock", "server.json", "blobs"]) OwnerOnly.Tighten(System.IO.Path.Combine(path, ours)); // an earlier version made them as the umask said
            return taken;
        }
        catch (IOException error)
        {
            throw new StoreUnusableException($"The data directory {path} is in use by {NameOfHolder(path)}. Stop that server, or give this one a directory of its own.", error);
        }
    }

    /// <summary>Replaces <c>server.json</c> at once and for good.</summary>
    public void Describe(ServerDescription server)
    {
        var target = ServerFile(Path);
        var temporary = target + ".new";
        File.Delete(temporary); // a mode is given only to what is new
        using (var file = OwnerOnly.OpenFile(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, server, DataDirectoryJson.Default.ServerDescription);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, target, overwrite: true);
    }

    /// <summary>Gives the directory back.</summary>
    public void Dispose() => _lock.Dispose();

    private static string NameOfHolder(string path)
    {
        try
        {
            var server = JsonSerializer.Deserialize(File.ReadAllBytes(ServerFile(path)), DataDirectoryJson.Default.ServerDescription);
            return server is null ? "another server" : $"the server at {server.Url} (process {server.Pid})";
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return "another server, which has not said yet who it is"; // it is just starting
        }
    }
}
