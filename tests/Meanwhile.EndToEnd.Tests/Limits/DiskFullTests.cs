using System.Globalization;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.EndToEnd.Tests.Limits;

public sealed class DiskFullTests
{
    private const string Source = "numbers";
    private const long DiskBytes = 24L << 20;
    private const string FitsSql = "with recursive c(n) as (select 1 union all select n + 1 from c where n < 4000) select n, hex(randomblob(500)) from c"; // 4 MB, 2 MB as stored
    private const string TooMuchSql = "with recursive c(n) as (select 1 union all select n + 1 from c where n < 200000) select n, hex(randomblob(500)) from c"; // 100 MB as stored
    private static readonly TimeSpan CollectWithin = TimeSpan.FromSeconds(30); // it collects every second
    private static readonly TimeSpan RoomWithin = TimeSpan.FromSeconds(10); // free space is measured every second

    /// <summary>Puts a small file system where results go, for this process alone, and becomes the server.</summary>
    private const string OnSmallDisk =
        """
        for word; do [ "$before" = --data ] && data=$word; before=$word; done
        mkdir -p "$data/blobs" && mount -t tmpfs -o size="$DISK_BYTES" tmpfs "$data/blobs" && exec "$@"
        """;

    /// <param name="minFreeBytes">With none the system itself says that the disk is full; with some the server stops before.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(8 << 20)]
    public async Task A_job_whose_result_fills_the_disk_fails_with_its_reason_and_nothing_of_it_is_visible(long minFreeBytes)
    {
        using var folder = new Folder();
        await using var server = await StartOnSmallDiskAsync(folder, minFreeBytes);
        await server.MakeSourceAsync(Source);
        using var client = server.Client();
        var before = await client.RunAsync(Ask.Query(Source, FitsSql));
        Assert.Equal(JobStatus.Succeeded, before.Status);

        var tooMuch = await client.RunAsync(Ask.Query(Source, TooMuchSql));

        // It says why, and has no result
        Assert.Equal(JobStatus.Failed, tooMuch.Status);
        Assert.Equal((ErrorKind.ResourceLimit, "disk_full"), (tooMuch.Record.State.Error?.Type, tooMuch.Record.State.Error?.Code));
        Assert.Null(tooMuch.Record.State.Result);
        var refused = await Assert.ThrowsAsync<ProblemException>(() => client.ReadResultAsync(tooMuch.Id.ToString(), new ResultRequest(), CancellationToken.None).AsTask());
        Assert.Equal(ProblemCodes.NoResult, refused.Problem.Code);

        // What it had written goes; others' results stay, and there is room for more
        await server.UntilAsync("Nothing of it is left", () => Task.FromResult(!HasFiles(server, tooMuch.Id)), CollectWithin);
        Assert.True(HasFiles(server, before.Id));
        var after = before;
        await server.UntilAsync("There is room again", async () => (after = await client.RunAsync(Ask.Query(Source, FitsSql))).Status == JobStatus.Succeeded, RoomWithin);
        foreach (var job in new[] { before, after })
        {
            using var rows = new MemoryStream();
            await client.ExportResultAsync(job.Id.ToString(), new ResultRequest(), ResultFormat.Ndjson, rows, CancellationToken.None);
            Assert.Equal(4_000, rows.ToArray().Count(value => value == (byte)'\n'));
        }
    }

    /// <summary>Where the system lets nobody mount, the server is told to leave so much free that no more is left to it.</summary>
    private static async Task<ServerProcess> StartOnSmallDiskAsync(Folder folder, long minFreeBytes)
    {
        await using var trial = Executable.Start("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs tmpfs {folder.Path}"]);
        var canMount = await trial.EndAsync() == 0;
        var leave = canMount ? minFreeBytes : new DriveInfo(folder.Path).AvailableFreeSpace - DiskBytes;
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), $$"""{ "limits": { "min_free_bytes": {{leave}} }, "defaults": { "collect_seconds": 1 } }""");
        return await ServerProcess.StartAsync(
            ["--config", folder.File("meanwhile.json")],
            new Dictionary<string, string?> { ["DISK_BYTES"] = DiskBytes.ToString(CultureInfo.InvariantCulture) },
            canMount ? ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", OnSmallDisk, "sh"] : null);
    }

    /// <summary>Whether a job has files, as the server sees them.</summary>
    private static bool HasFiles(ServerProcess server, JobId job)
    {
        var blobs = $"/proc/{server.Process.Id}/root{Path.Combine(server.DataDirectory, "blobs")}";
        return Directory.EnumerateFiles(blobs, "*", SearchOption.AllDirectories).Any(file => file.Contains(job.ToString(), StringComparison.Ordinal));
    }
}
