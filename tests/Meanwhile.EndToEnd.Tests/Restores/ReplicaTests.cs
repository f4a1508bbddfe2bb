using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Nodes;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.EndToEnd.Tests.Restores;

/// <summary>Servers whose store fails over to a replica that is behind.</summary>
[Collection(WholeMachine.Name)]
public sealed class ReplicaTests
{
    private const int Long = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task After_a_failover_to_a_replica_that_is_behind_running_and_new_servers_go_on_with_what_it_knows()
    {
        // Given a running server that knows both hosts, and work that the replica knows and work that it does not
        await using var both = await ReplicatedCluster.StartAsync();
        await using var scene = await SharedScene.SetAsync(both.Primary);
        var running = await scene.StartAsync("a", store: both.ConnectionString);
        using var client = running.Client();
        var load = new Load(running);
        var known = await LoadAsync(load, 50);
        var working = await client.SubmitAsync([.. Enumerable.Range(0, Long).Select(_ => SharedScene.Query("select pg_sleep(20)"))], CancellationToken.None);
        await running.UntilAsync("The long queries run", async () => (await scene.RunningTagsAsync()).Count == Long, Patience);
        var cursor = await Load.CursorAsync(client);
        await both.LeaveBehindAsync();
        var all = await LoadAsync(load, 50);

        // When the primary is lost and the replica takes its place
        await both.FailOverAsync();
        await running.UntilAsync("The server works on the new history", () => Task.FromResult(running.Process.Error.Contains("works on the store's new history", StringComparison.Ordinal)), Patience);
        var started = await scene.StartAsync("b", store: both.Replica.ConnectionString());

        // Then what the replica knows has its result, or runs again to its end
        foreach (var (number, id) in known) Assert.Equal($"[{number}]\n", await Load.RowsAsync(client, id));
        foreach (var item in working) Assert.Equal((JobStatus.Succeeded, 2), Of(await client.WaitUntilEndedAsync(item.Accepted!.Job.Id.ToString())));
        var endings = await Load.EndingsAsync(client);
        Assert.All(known.Values.Concat(working.Select(item => item.Accepted!.Job.Id)), id => Assert.Equal(1, endings[id]));

        // And what it never knew is not there, as the cursor of the lost history is not
        using var other = started.Client();
        foreach (var id in all.Where(entry => !known.ContainsKey(entry.Key)).Select(entry => entry.Value))
            Assert.Equal(ProblemCodes.NotFound, (await Assert.ThrowsAsync<ProblemException>(async () => await other.GetAsync(id.ToString(), CancellationToken.None))).Problem.Code);
        Assert.Equal(ProblemCodes.Gone, (await Load.RefusedAsync(client, cursor)).Code);

        // And both take new work
        foreach (var server in (ServerProcess[])[running, started])
        {
            using var caller = server.Client();
            var job = (await caller.SubmitAsync(SharedScene.Query("select 7"), CancellationToken.None)).Job;
            Assert.Equal(JobStatus.Succeeded, (await caller.WaitUntilEndedAsync(job.Id.ToString())).Status);
            Assert.DoesNotContain(all.Values, id => id == job.Id);
        }
    }

    /// <summary>Submits until so many more were acknowledged, and waits until all have ended.</summary>
    private static async Task<IReadOnlyDictionary<int, JobId>> LoadAsync(Load load, int count)
    {
        using var over = new CancellationTokenSource();
        var loading = load.RunAsync(over.Token);
        await load.MoreAsync(count);
        await over.CancelAsync();
        await loading;
        await load.EndedAsync();
        return load.Acknowledged;
    }

    private static (JobStatus, int) Of(Job job) => (job.Status, job.Record.State.Attempt);
}
