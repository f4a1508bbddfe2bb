using System.Collections.Concurrent;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.EndToEnd.Tests.Nodes;

[Collection(WholeMachine.Name)]
public sealed class SharedStoreOutageTests
{
    private const int Working = 20;
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task While_the_store_is_stopped_and_after_it_crashed_no_node_ends_no_healthy_work_is_rescued_and_nothing_acknowledged_is_lost()
    {
        await using var scene = await SharedScene.SetAsync();
        var nodes = new[] { await scene.StartAsync("a", concurrency: 40), await scene.StartAsync("b", concurrency: 40) };
        using var client = nodes[0].Client();
        var working = await client.SubmitAsync([.. Enumerable.Range(0, Working).Select(_ => SharedScene.Query("select pg_sleep(75)"))], CancellationToken.None);
        await nodes[0].UntilAsync("The long queries run", async () => (await scene.RunningTagsAsync()).Count == Working, Patience);

        // When the store stops for 20 seconds under load, and later crashes and comes back
        using var over = new CancellationTokenSource();
        var acknowledged = new ConcurrentDictionary<JobId, byte>();
        var refused = new ConcurrentQueue<Problem>();
        var load = Task.WhenAll(nodes.Select(node => SubmitAsync(node, acknowledged, refused, over.Token)));
        await AcknowledgedAsync(nodes[0], acknowledged, 100);
        await scene.Store.StopAsync(ClusterStop.Fast);
        var stopped = TimeProvider.System.GetTimestamp();
        await nodes[0].UntilAsync("The store was away for long enough", () => Task.FromResult(TimeProvider.System.GetElapsedTime(stopped) >= Away), Patience);
        await scene.Store.StartAgainAsync();
        await AcknowledgedAsync(nodes[0], acknowledged, acknowledged.Count + 100);
        await scene.Store.StopAsync(ClusterStop.Immediate);
        await scene.Store.StartAgainAsync();
        await AcknowledgedAsync(nodes[0], acknowledged, acknowledged.Count + 100);
        await over.CancelAsync();
        await load;

        // Then submissions in between were told when to try again
        Assert.NotEmpty(refused);
        Assert.All(refused, problem => Assert.Equal((ProblemCodes.Unavailable, true), (problem.Code, problem.RetryAfter is not null)));

        // And the nodes went on, each in its first epoch, and the long queries in their first attempt
        Assert.All(nodes, node => Assert.False(node.Process.HasExited));
        Assert.All(await client.ListNodesAsync(CancellationToken.None), node => Assert.Equal((1, null), (node.Node.Epoch, node.EndedAt)));
        foreach (var item in working)
        {
            var job = await client.WaitUntilEndedAsync(item.Accepted!.Job.Id.ToString());
            Assert.Equal((JobStatus.Succeeded, 1), (job.Status, job.Record.State.Attempt));
        }

        // And everything acknowledged is there and has ended
        foreach (var id in acknowledged.Keys) Assert.Equal(JobStatus.Succeeded, (await client.WaitUntilEndedAsync(id.ToString())).Status);
    }

    private static Task AcknowledgedAsync(ServerProcess node, ConcurrentDictionary<JobId, byte> acknowledged, int count) =>
        node.UntilAsync($"{count} submissions were acknowledged", () => Task.FromResult(acknowledged.Count >= count), Patience);

    private static async Task SubmitAsync(ServerProcess node, ConcurrentDictionary<JobId, byte> acknowledged, ConcurrentQueue<Problem> refused, CancellationToken over)
    {
        using var client = node.ImpatientClient();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!over.IsCancellationRequested)
        {
            try
            {
                acknowledged[(await client.SubmitAsync(SharedScene.Query("select 1"), CancellationToken.None)).Job.Id] = 0;
            }
            catch (ProblemException problem)
            {
                refused.Enqueue(problem.Problem);
            }

            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
