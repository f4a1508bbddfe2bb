using System.Text.Json;
using System.Text.Json.Serialization;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;

namespace Meanwhile.Cli.Connections;

/// <summary>What <c>meanwhile login</c> remembers.</summary>
/// <param name="Server">The server's address.</param>
/// <param name="Key">The key.</param>
/// <param name="Project">The project to act in; null = the key's own.</param>
internal sealed record Login(string Server, string Key, string? Project);

/// <summary>The file that holds a login, readable by its owner alone.</summary>
internal static class LoginFile
{
    /// <summary>$XDG_CONFIG_HOME/meanwhile/login.json, or that below ~/.config.</summary>
    public static string PathIn(Shell shell) => Path.Combine(
        shell.Variable("XDG_CONFIG_HOME") ?? Path.Combine(shell.Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config"),
        "meanwhile",
        "login.json");

    /// <summary>The login; null when there is no file.</summary>
    /// <exception cref="UsageException">The file can't be read as one.</exception>
    public static Login? Read(Shell shell)
    {
        var path = PathIn(shell);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), LoginJson.Default.Login);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception bad) when (bad is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} can't be read: {bad.Message}", "Run 'meanwhile login' again.");
        }
    }

    /// <summary>Writes the login beside its place and moves it there, with mode 0600 from the first byte.</summary>
    public static string Write(Shell shell, Login login)
    {
        var path = PathIn(shell);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = path + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(unfinished, options)) JsonSerializer.Serialize(file, login, LoginJson.Default.Login);
        File.Move(unfinished, path, overwrite: true);
        return path;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Login))]
internal sealed partial class LoginJson : JsonSerializerContext;
