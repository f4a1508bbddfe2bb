using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.EndToEnd.Tests.Shared;

/// <summary>Real servers on a real PostgreSQL store.</summary>
public sealed class SharedStoreTests : IAsyncLifetime
{
    private const string Source = "numbers";
    private TemporaryCluster _cluster = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Without the password, which comes by the environment.</summary>
    private string Store => new NpgsqlConnectionStringBuilder(_cluster.ConnectionString()) { Password = null }.ConnectionString;

    private static Dictionary<string, string?> Environment => new() { ["PGPASSWORD"] = TemporaryCluster.Password };

    public async ValueTask InitializeAsync() => _cluster = await TemporaryCluster.StartAsync(cancellationToken: Token);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_server_runs_queries_and_after_a_kill_goes_on_where_it_was()
    {
        await using var server = await ServerProcess.StartAsync(["--store", Store], Environment);
        await server.MakeSourceAsync(Source);
        using var client = server.Client();

        var done = (await client.RunAsync(Ask.Query(Source, "select 1 as n union all select 2"))).Id.ToString();
        var endless = (await client.SubmitAsync(Ask.Query(Source, Ask.ForHours), Token)).Job.Id.ToString();
        await server.UntilAsync("The endless query runs", async () => (await client.GetAsync(endless, Token)).Status == JobStatus.Running, TimeSpan.FromSeconds(30));
        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.Equal("[1]\n[2]\n", await RowsAsync(client, done));
        await server.UntilAsync(
            "The endless query runs again",
            async () => await client.GetAsync(endless, Token) is { Status: JobStatus.Running, Record.State.Attempt: 2 },
            TimeSpan.FromSeconds(60));
        await client.CancelAsync(endless, Token);
        Assert.Equal(JobStatus.Canceled, (await client.WaitUntilEndedAsync(endless)).Status);
        Assert.DoesNotContain(TemporaryCluster.Password, server.Process.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_and_a_new_admin_key_know_the_store_too()
    {
        await using var server = await ServerProcess.StartAsync(["--store", $"postgres://postgres@127.0.0.1:{_cluster.Port}/postgres?sslmode=disable&password=${{env:SECRET}}"], new Dictionary<string, string?> { ["SECRET"] = TemporaryCluster.Password });

        var reset = await RunAsync("keys", "reset", "--store", Store);
        var doctor = await RunAsync("doctor", "--store", Store, "--server", server.Address.ToString(), "--key", reset.Out.Trim());

        Assert.Equal(0, reset.Code);
        using var client = server.Client(reset.Out.Trim());
        await server.UntilAsync("The new key is accepted", async () => await IsAcceptedAsync(client), TimeSpan.FromSeconds(10));
        Assert.Contains("A server can start on it", doctor.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_results_directory_that_others_do_not_see_is_refused()
    {
        using var first = new Folder();
        using var second = new Folder();
        await using (var server = await ServerProcess.StartAsync(["--store", Store, "--results", first.File("r")], Environment))
        {
        }

        var elsewhere = await RunAsync("serve", "--store", Store, "--results", second.File("r"), "--url", "http://127.0.0.1:0");
        var inDatabase = await RunAsync("serve", "--store", Store, "--url", "http://127.0.0.1:0");

        Assert.Equal((8, 8), (elsewhere.Code, inDatabase.Code));
        Assert.Contains("is not the directory where the other servers of this store keep results", elsewhere.Error, StringComparison.Ordinal);
        Assert.Contains("name it with --results DIR", inDatabase.Error, StringComparison.Ordinal);
    }

    private static async Task<string> RowsAsync(MeanwhileClient client, string job)
    {
        using var rows = new MemoryStream();
        await client.ExportResultAsync(job, new ResultRequest(), ResultFormat.Ndjson, rows, Token);
        return System.Text.Encoding.UTF8.GetString(rows.ToArray());
    }

    private static async Task<bool> IsAcceptedAsync(MeanwhileClient client)
    {
        try
        {
            await client.StatsAsync(Token);
            return true;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        await using var process = Executable.Start(Executable.Meanwhile, arguments, Environment);
        return (await process.EndAsync(), process.Out, process.Error);
    }
}
