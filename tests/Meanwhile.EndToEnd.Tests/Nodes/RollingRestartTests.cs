using System.Collections.Concurrent;
using System.Net;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Nodes;

[Collection(WholeMachine.Name)]
public sealed class RollingRestartTests
{
    private const int Long = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task Servers_are_restarted_one_after_the_other_without_a_failed_request_or_a_spent_attempt()
    {
        await using var scene = await SharedScene.SetAsync();
        ServerProcess[] nodes = [await scene.StartAsync("a"), await scene.StartAsync("b")];
        using var client = nodes[1].Client();
        var working = await client.SubmitAsync([.. Enumerable.Range(0, Long).Select(_ => SharedScene.Query("select pg_sleep(40)"))], CancellationToken.None);
        await nodes[0].UntilAsync("The long queries run", async () => (await scene.RunningTagsAsync()).Count == Long, Patience);

        // When callers go to whichever server a load balancer finds ready, and one server after the other is restarted
        using var over = new CancellationTokenSource();
        var ready = new ConcurrentDictionary<ServerProcess, byte>(nodes.Select(node => KeyValuePair.Create(node, (byte)0)));
        var (acknowledged, failures) = (new ConcurrentQueue<JobId>(), new ConcurrentQueue<Exception>());
        var balancing = Task.WhenAll(nodes.Select(node => WatchAsync(node, ready, over.Token)));
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(caller => CallAsync(caller, nodes, ready, acknowledged, failures, over.Token)));
        foreach (var node in nodes)
        {
            var before = acknowledged.Count;
            await nodes[0].UntilAsync("Callers are served", () => Task.FromResult(acknowledged.Count >= before + 50), Patience);
            Assert.Equal(0, await node.TerminateAsync());
            await node.StartAgainAsync();
            await node.UntilAsync("It is found ready", () => Task.FromResult(ready.ContainsKey(node)), Patience);
        }

        await over.CancelAsync();
        await Task.WhenAll(load, balancing);

        // Then no request failed, and what was interrupted was handed back without spending an attempt
        Assert.Empty(failures);
        foreach (var id in acknowledged) Assert.Equal((JobStatus.Succeeded, 0), Of(await client.WaitUntilEndedAsync(id.ToString())));
        foreach (var item in working) Assert.Equal((JobStatus.Succeeded, 0), Of(await client.WaitUntilEndedAsync(item.Accepted!.Job.Id.ToString())));
    }

    private static (JobStatus, int) Of(Job job) => (job.Status, job.Record.State.AttemptsCounted);

    /// <summary>A load balancer's look at one server.</summary>
    private static async Task WatchAsync(ServerProcess node, ConcurrentDictionary<ServerProcess, byte> ready, CancellationToken over)
    {
        using var http = new HttpClient();
        using var ticks = new PeriodicTimer(LookEvery);
        while (!over.IsCancellationRequested)
        {
            if (await IsReadyAsync(http, node)) ready[node] = 0;
            else ready.TryRemove(node, out _);
            await ticks.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, ServerProcess node)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(node.Address, "/healthz/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task CallAsync(
        int caller, ServerProcess[] nodes, ConcurrentDictionary<ServerProcess, byte> ready, ConcurrentQueue<JobId> acknowledged, ConcurrentQueue<Exception> failures, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var clients = nodes.ToDictionary(node => node, node => node.ImpatientClient());
        for (var turn = caller; !over.IsCancellationRequested; turn++)
        {
            if (ready.Keys.ElementAtOrDefault(turn % Math.Max(1, ready.Count)) is { } node)
            {
                try
                {
                    acknowledged.Enqueue((await clients[node].SubmitAsync(SharedScene.Query("select 1"), CancellationToken.None)).Job.Id);
                }
                catch (Exception failure) when (failure is HttpRequestException or Problems.ProblemException)
                {
                    failures.Enqueue(failure);
                }
            }

            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        foreach (var client in clients.Values) client.Dispose();
    }
}
