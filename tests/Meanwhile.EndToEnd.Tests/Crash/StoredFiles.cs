using System.Globalization;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Crash;

/// <summary>The files of results, each known by the attempt that wrote it.</summary>
internal static class StoredFiles
{
    /// <summary>The attempts whose files are there.</summary>
    public static HashSet<(JobId Job, int Attempt)> Of(ServerProcess server)
    {
        var results = Path.Combine(server.DataDirectory, "blobs", "results");
        return Directory.Exists(results) ? [.. Directory.EnumerateFiles(results, "*", SearchOption.AllDirectories).Select(Writer)] : [];
    }

    private static (JobId Job, int Attempt) Writer(string file)
    {
        Assert.True(JobId.TryParse(Path.GetFileName(Path.GetDirectoryName(file)!), out var job), file);
        return (job, int.Parse(Path.GetFileName(file).Split('-')[0], CultureInfo.InvariantCulture));
    }
}
