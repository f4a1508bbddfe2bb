using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Nodes;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.EndToEnd.Tests.Restores;

/// <summary>A store is dumped while servers work on it, lost, and restored.</summary>
[Collection(WholeMachine.Name)]
public sealed class DumpTests
{
    private const int Long = 3;
    private const string Restored = "restored";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_dump_taken_under_load_is_restored_with_everything_that_was_acknowledged_before_it()
    {
        // Given a server under load, with long queries that run, and a dump that is taken meanwhile
        await using var scene = await SharedScene.SetAsync();
        var first = await scene.StartAsync("a");
        using var before = first.Client();
        var working = await before.SubmitAsync([.. Enumerable.Range(0, Long).Select(_ => SharedScene.Query("select pg_sleep(20)"))], CancellationToken.None);
        await first.UntilAsync("The long queries run", async () => (await scene.RunningTagsAsync()).Count == Long, Patience);
        using var over = new CancellationTokenSource();
        var load = new Load(first);
        var loading = load.RunAsync(over.Token);
        await load.MoreAsync(200);
        var acknowledged = load.Acknowledged;
        var cursor = await Load.CursorAsync(before);
        await first.UntilAsync("One has ended", async () => (await before.GetAsync(acknowledged[1].ToString(), CancellationToken.None)).Status == JobStatus.Succeeded, Patience);
        var dump = Path.Combine(scene.Store.Directory, "dump");
        await scene.Store.RunAsync("pg_dump", ["-Fc", "-f", dump, "postgres"]);
        await load.MoreAsync(20);

        // When the servers and the database are lost, and the dump is restored
        await over.CancelAsync();
        await loading;
        await first.KillAsync();
        await scene.Store.RunAsync("createdb", [Restored]);
        await scene.Store.RunAsync("pg_restore", ["-d", Restored, "--exit-on-error", dump]);
        await using var command = Executable.Start(Executable.Meanwhile, ["store", "restored", "--store", scene.Store.ConnectionString(Restored)]);
        var code = await command.EndAsync();
        Assert.True(code == 0, command.Error);
        Assert.Contains("Ended 1 node of before: a/1", command.Out, StringComparison.Ordinal);
        Assert.Contains($"at 127.0.0.1:{scene.Store.Port}/{Restored} has begun another history", command.Out, StringComparison.Ordinal);
        var second = await scene.StartAsync("a", store: scene.Store.ConnectionString(Restored));
        using var after = second.Client();

        // Then all that was acknowledged before the dump is there and has its result
        foreach (var (number, id) in acknowledged)
        {
            Assert.Equal(JobStatus.Succeeded, (await after.WaitUntilEndedAsync(id.ToString())).Status);
            Assert.Equal($"[{number}]\n", await Load.RowsAsync(after, id));
        }

        foreach (var id in working.Select(item => item.Accepted!.Job.Id)) Assert.Equal((JobStatus.Succeeded, 2), Of(await after.WaitUntilEndedAsync(id.ToString())));

        // And each ended once, its key still names it, and a cursor of before is gone
        var endings = await Load.EndingsAsync(after);
        Assert.All(acknowledged.Values.Concat(working.Select(item => item.Accepted!.Job.Id)), id => Assert.Equal(1, endings[id]));
        Assert.Equal(acknowledged[7], (await after.SubmitAsync(Load.Query(7), CancellationToken.None)).Job.Id);
        Assert.Equal(ProblemCodes.Gone, (await Load.RefusedAsync(after, cursor)).Code);
    }

    [Fact]
    public async Task While_a_server_uses_the_store_the_command_refuses_and_forced_the_server_begins_anew()
    {
        await using var scene = await SharedScene.SetAsync();
        var server = await scene.StartAsync("a");
        using var client = server.Client();
        var working = (await client.SubmitAsync(SharedScene.Query("select pg_sleep(15)"), CancellationToken.None)).Job.Id;
        await server.UntilAsync("The query runs", async () => (await scene.RunningTagsAsync()).Count == 1, Patience);
        var cursor = await Load.CursorAsync(client);

        await using var refused = Executable.Start(Executable.Meanwhile, ["store", "restored", "--store", scene.Store.ConnectionString()]);
        Assert.Equal(8, await refused.EndAsync());
        await using var forced = Executable.Start(Executable.Meanwhile, ["store", "restored", "--store", scene.Store.ConnectionString(), "--force", "--json"]);
        Assert.Equal(0, await forced.EndAsync());

        Assert.Contains("Servers use this store just now: a/1", refused.Error, StringComparison.Ordinal);
        Assert.Contains("\"nodes_ended\":[\"a/1\"],\"jobs_rescued\":1", forced.Out, StringComparison.Ordinal);
        Assert.Equal((JobStatus.Succeeded, 2), Of(await client.WaitUntilEndedAsync(working.ToString())));
        Assert.Equal(ProblemCodes.Gone, (await Load.RefusedAsync(client, cursor)).Code);
        Assert.Contains("the node lets go of what it runs, forgets what it knew, and begins anew", server.Process.Error, StringComparison.Ordinal);
    }

    private static (JobStatus, int) Of(Job job) => (job.Status, job.Record.State.Attempt);
}
