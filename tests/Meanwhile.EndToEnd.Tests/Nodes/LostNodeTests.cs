using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Events;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Nodes;

[Collection(WholeMachine.Name)]
public sealed class LostNodeTests
{
    private const int Queries = 200;
    private const string Text = "select pg_sleep(90)";
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Work_of_a_killed_and_of_a_frozen_node_runs_elsewhere_within_15_seconds_and_nothing_healthy_twice()
    {
        await using var scene = await SharedScene.SetAsync();
        var survivor = await scene.StartAsync("survivor", concurrency: Queries);
        var killed = await scene.StartAsync("killed", concurrency: Queries / 3);
        var frozen = await scene.StartAsync("frozen", concurrency: Queries / 3);
        using var client = survivor.Client();

        // Given 200 running queries, some at each node
        await client.SetNodeDrainingAsync("survivor", draining: true, CancellationToken.None);
        await survivor.UntilAsync("It has heard of it", () => Task.FromResult(survivor.Process.Error.Contains("was asked to drain", StringComparison.Ordinal)), Patience);
        await survivor.UntilAsync("The others run what they can", async () =>
        {
            if ((await client.StatsAsync(CancellationToken.None)).Jobs.Sum(count => count.Count) == 0) await SubmitAsync(client);
            return (await scene.RunningTagsAsync()).Count >= Queries / 3 * 2;
        }, Patience);
        await client.SetNodeDrainingAsync("survivor", draining: false, CancellationToken.None);
        await survivor.UntilAsync("All run", async () => (await scene.RunningTagsAsync()).Count == Queries, Patience);
        var before = await OwnersAsync(client);
        var lost = before.Where(job => job.Value.Owner != "survivor").Select(job => job.Key).ToHashSet();
        Assert.InRange(lost.Count, 2, Queries - 1);

        // When one node is killed and another stands still
        var start = TimeProvider.System.GetTimestamp();
        await killed.KillAsync();
        frozen.Freeze();

        // Then everything lost runs at the third, within 15 seconds
        await survivor.UntilAsync("All lost work runs elsewhere", async () => (await OwnersAsync(client)).All(job => job.Value.Owner == "survivor") && (await scene.RunningTagsAsync()).Count == Queries, Promise);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, Promise);

        // And the node that stood still changes nothing when it goes on
        await survivor.UntilAsync("It stood still for long enough", () => Task.FromResult(TimeProvider.System.GetElapsedTime(start) >= Frozen), Frozen * 2);
        frozen.Thaw();
        await survivor.UntilAsync(
            "The node has registered anew", async () => (await client.ListNodesAsync(CancellationToken.None)).Any(node => node.Node is { Node: "frozen", Epoch: 2 } && node.EndedAt is null), Patience);
        await survivor.UntilAsync("Every job has ended", async () => (await client.StatsAsync(CancellationToken.None)).Jobs.All(count => count.Count == 0 || count.Status == JobStatus.Succeeded), TimeSpan.FromMinutes(3));

        var after = await OwnersAsync(client);
        Assert.All(after, job => Assert.Equal(lost.Contains(job.Key) ? 2 : 1, job.Value.Attempt));
        await EachEndedOnceAsync(client);

        // By the database's own log each attempt's statement ran once, and no healthy one twice
        var runs = await scene.RunsAsync(Text);
        Assert.Equal(Queries + lost.Count, runs.Count);
        Assert.All(runs, run => Assert.Equal(1, run.Value));
    }

    private static async Task SubmitAsync(MeanwhileClient client) =>
        await client.SubmitAsync([.. Enumerable.Range(0, Queries).Select(_ => SharedScene.Query(Text))], CancellationToken.None);

    private static async Task<Dictionary<JobId, (string? Owner, int Attempt)>> OwnersAsync(MeanwhileClient client)
    {
        var page = await client.ListAsync(new JobQuery(), cursor: null, limit: 1_000, CancellationToken.None);
        return page.Items.ToDictionary(job => job.Id, job => (job.Record.State.Owner?.Node, job.Record.State.Attempt));
    }

    private static async Task EachEndedOnceAsync(MeanwhileClient client)
    {
        List<EventView> events = [];
        string? cursor = null;
        while (true)
        {
            var page = await client.ReadEventsAsync(job: null, new EventQuery { Cursor = cursor, Limit = 1_000 }, CancellationToken.None);
            if (page.Items.Count == 0) break;
            events.AddRange(page.Items);
            cursor = page.Cursor;
        }

        var endings = events.Where(item => item.Event.Data.Kind.IsEnding).CountBy(item => item.Event.Job).ToList();
        Assert.Equal(Queries, endings.Count);
        Assert.All(endings, ending => Assert.Equal(1, ending.Value));
    }
}
