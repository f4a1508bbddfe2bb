using System.Net.Sockets;
using System.Text;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Limits;

[Collection(WholeMachine.Name)]
public sealed class SlowReaderTests(ITestOutputHelper output)
{
    private const string Source = "numbers";
    private const int RowCount = 10_000_000;
    private const long MemoryMax = 200L << 20;
    private const int BytesPerSecond = 1_024;
    private const int Seconds = 20;
    private const string Rows =
        "with recursive c(n) as (select 1 union all select n + 1 from c where n < 10000000) select n, n * 3, n / 7.0, 'row ' || n, case when n % 5 = 0 then null else n % 97 end from c";

    private static readonly TimeSpan MadeWithin = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan QuickMax = TimeSpan.FromSeconds(2); // it is milliseconds; the machine may be busy with others

    [Fact]
    public async Task Ten_million_rows_are_made_and_read_at_one_kilobyte_a_second_in_bounded_memory()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.MakeSourceAsync(Source);
        using var client = server.Client();

        // Given a result of ten million rows, made in bounded memory
        var begun = TimeProvider.System.GetTimestamp();
        var id = (await client.SubmitAsync(Ask.Query(Source, Rows), CancellationToken.None)).Job.Id.ToString();
        await server.UntilAsync("The rows are there", async () => (await client.GetAsync(id, CancellationToken.None)).Status.IsFinal, MadeWithin);
        var job = await client.GetAsync(id, CancellationToken.None);
        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal(RowCount, (await client.ReadResultAsync(id, new() { Limit = 1 }, CancellationToken.None)).RowCount);
        output.WriteLine($"made in {TimeProvider.System.GetElapsedTime(begun)}, peak {ProcessUsage.PeakMemory(server.Process.Id) >> 20} MiB");
        Assert.InRange(ProcessUsage.PeakMemory(server.Process.Id), 0, MemoryMax);

        // When somebody downloads it slowly
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4 * BytesPerSecond };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /v1/jobs/{id}/result?format=ndjson HTTP/1.1\r\nHost: {server.Address.Authority}\r\nAuthorization: Bearer {server.AdminKey}\r\n\r\n"));
        var buffer = new byte[BytesPerSecond];
        var slowest = TimeSpan.Zero;
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var second = 0; second < Seconds; second++)
        {
            var read = await socket.ReceiveAsync(buffer);
            Assert.NotEqual(0, read);
            if (second == 0) Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, read), StringComparison.Ordinal);
            var took = await AskOthersAsync(client, id);
            if (took > slowest) slowest = took;
            await pace.WaitForNextTickAsync();
        }

        // Then memory stays bounded, and others are served as if nothing was
        output.WriteLine($"read slowly, peak {ProcessUsage.PeakMemory(server.Process.Id) >> 20} MiB, slowest other request {slowest}");
        Assert.InRange(ProcessUsage.PeakMemory(server.Process.Id), 0, MemoryMax);
        Assert.InRange(slowest, TimeSpan.Zero, QuickMax);
    }

    /// <summary>Looks at the job, and runs a query: what anybody else would do meanwhile.</summary>
    private static async Task<TimeSpan> AskOthersAsync(MeanwhileClient client, string id)
    {
        var begun = TimeProvider.System.GetTimestamp();
        await client.GetAsync(id, CancellationToken.None);
        var other = await client.RunAsync(Ask.Query(Source, "select 1"));
        Assert.Equal(JobStatus.Succeeded, other.Status);
        return TimeProvider.System.GetElapsedTime(begun);
    }
}
