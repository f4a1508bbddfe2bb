using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Limits;

public sealed class TemporaryFileTests
{
    private const string Source = "numbers";
    private const long DiskBytes = 200L << 20;

    /// <summary>Sorts 20 GB, which no cache holds.</summary>
    private const string Sort = "with recursive c(n) as (select 1 union all select n + 1 from c limit 20000000) select count(*) from (select n, randomblob(1000) b from c order by b)";

    [Fact]
    public async Task What_a_statement_keeps_aside_lies_in_the_data_directory_and_is_stopped_before_the_disk_is_full()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), $$"""{ "limits": { "min_free_bytes": {{new DriveInfo(folder.Path).AvailableFreeSpace - DiskBytes}} } }""");
        await using var server = await ServerProcess.StartAsync(["--config", folder.File("meanwhile.json")]);
        await server.MakeSourceAsync(Source);
        using var client = server.Client();

        var job = (await client.SubmitAsync(Ask.Query(Source, Sort), CancellationToken.None)).Job;
        await server.UntilAsync("It keeps something aside", () => Task.FromResult(KeepsAside(server)), TimeSpan.FromSeconds(30));
        await server.UntilAsync("It is stopped", async () => (job = await client.GetAsync(job.ShortId, CancellationToken.None)).Status.IsFinal, TimeSpan.FromSeconds(90));

        Assert.Equal((JobStatus.Failed, "disk_full"), (job.Status, job.Record.State.Error?.Code));
        Assert.Equal(ErrorKind.ResourceLimit, job.Record.State.Error?.Type);
    }

    private static bool KeepsAside(ServerProcess server) => Directory.EnumerateFileSystemEntries($"/proc/{server.Process.Id}/fd")
        .Any(file => TargetOf(file)?.StartsWith(Path.Combine(server.DataDirectory, "tmp", "etilqs_"), StringComparison.Ordinal) == true);

    private static string? TargetOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (IOException)
        {
            return null; // it was closed meanwhile
        }
    }
}
