using System.Diagnostics;
using System.Globalization;

namespace Meanwhile.Testing.Postgres;

/// <summary>The programs of an installed PostgreSQL server, run as a user that the server accepts.</summary>
internal sealed class ServerPrograms
{
    private const string Installed = "/usr/lib/postgresql";
    private readonly string _folder;

    private ServerPrograms(string folder) => _folder = folder;

    /// <summary>Whether another user must run them, because root may not.</summary>
    private static bool GivesAway => Environment.IsPrivilegedProcess;

    /// <summary>The newest that is installed.</summary>
    /// <exception cref="InvalidOperationException">None is.</exception>
    public static ServerPrograms Find()
    {
        if (Environment.GetEnvironmentVariable("PG_BIN") is { Length: > 0 } named) return new ServerPrograms(named);
        var newest = System.IO.Directory.Exists(Installed)
            ? System.IO.Directory.GetDirectories(Installed).Where(folder => File.Exists(Path.Combine(folder, "bin", "postgres"))).MaxBy(Version)
            : null;
        return new ServerPrograms(Path.Combine(newest ?? throw new InvalidOperationException($"No PostgreSQL server below {Installed}: install the package postgresql, or name its bin folder in PG_BIN."), "bin"));
    }

    /// <summary>Makes a temporary folder that the server can use.</summary>
    /// <param name="parent">Where; null = among the temporary files.</param>
    public static string MakeFolder(string prefix, string? parent = null)
    {
        var folder = parent is null ? System.IO.Directory.CreateTempSubdirectory(prefix).FullName : System.IO.Directory.CreateDirectory(Path.Combine(parent, prefix + Path.GetRandomFileName())).FullName;
        GiveAway(folder);
        return folder;
    }

    /// <summary>Makes a file or folder the server's.</summary>
    public static void GiveAway(string path)
    {
        if (!GivesAway) return;
        using var process = Process.Start(new ProcessStartInfo("chown", [TemporaryCluster.Superuser, path]))!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"chown {path} failed with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}.");
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string? password = null)
    {
        var path = Path.Combine(_folder, program);
        var start = GivesAway
            ? new ProcessStartInfo("runuser", ["-u", TemporaryCluster.Superuser, "--", File.Exists(path) ? path : program, .. arguments])
            : new ProcessStartInfo(File.Exists(path) ? path : program, arguments);
        start.RedirectStandardOutput = program != "pg_ctl"; // the server that it starts would hold the pipes open
        start.RedirectStandardError = start.RedirectStandardOutput;
        start.WorkingDirectory = Path.GetTempPath();
        if (password is not null) start.Environment["PGPASSWORD"] = password;
        if (program == "pg_ctl") start = Quiet(start);
        using var process = Process.Start(start)!;
        var output = start.RedirectStandardOutput ? process.StandardOutput.ReadToEndAsync(cancellationToken) : Task.FromResult("");
        var errors = start.RedirectStandardError ? process.StandardError.ReadToEndAsync(cancellationToken) : Task.FromResult("");
        await process.WaitForExitAsync(cancellationToken);
        var (printed, complained) = (await output, await errors);
        return process.ExitCode == 0
            ? printed
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}: {printed}{complained}");
    }

    private static ProcessStartInfo Quiet(ProcessStartInfo loud) =>
        new("sh", ["-c", "exec \"$@\" > /dev/null 2>&1", "sh", loud.FileName, .. loud.ArgumentList]) { WorkingDirectory = loud.WorkingDirectory };

    private static int Version(string folder) => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
