using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Limits;

[Collection(WholeMachine.Name)]
public sealed class MemoryTests
{
    private const string Source = "numbers";
    private const long MemoryMax = 1536L << 20; // SQLite's 1 GiB and the server's own

    /// <summary>Each of 40 values is allowed, together they are 2.4 GB, and no row of theirs is ever whole.</summary>
    private static readonly string InOneStep = $"select {string.Join(", ", Enumerable.Range(0, 40).Select(i => $"hex(zeroblob({30_000_000 + i}))"))}";

    [Fact]
    public async Task Statements_whose_values_together_are_too_much_fail_and_the_server_goes_on()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.MakeSourceAsync(Source);
        using var client = server.Client();

        var tooMuch = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.RunAsync(Ask.Query(Source, InOneStep)).AsTask()));

        Assert.All(tooMuch, job => Assert.Equal(ErrorKind.ResourceLimit, job.Record.State.Error?.Type));
        Assert.All(tooMuch, job => Assert.Contains("memory", job.Record.State.Error?.Code, StringComparison.Ordinal));
        Assert.InRange(ProcessUsage.PeakMemory(server.Process.Id), 0, MemoryMax);
        Assert.Equal(JobStatus.Succeeded, (await client.RunAsync(Ask.Query(Source, "select 1"))).Status);
    }
}
