using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>More queues than one look of a claim covers.</summary>
public sealed class ManyQueuesTests(SharedCluster shared)
{
    private const int Queues = 300;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_claim_finds_the_work_behind_queues_that_another_node_has_emptied()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2);
        await SubmitAsync(nodes, Enumerable.Range(0, Queues).Select(i => nodes.Spec($"p{i:000}")));
        Assert.Equal(Queues, await DrainAsync(nodes.All[1]));
        var last = nodes.Spec("z");
        await SubmitAsync(nodes, [last]);

        var claimed = await NodesOnOneStore.ClaimAsync(nodes.All[0], 10);

        Assert.Equal(last.Id, Assert.Single(claimed).Job.Id);
    }

    [Fact]
    public async Task One_claim_finds_the_work_behind_queues_that_are_paused()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1);
        await SubmitAsync(nodes, Enumerable.Range(0, Queues).Select(i => nodes.Spec($"p{i:000}") with { Tool = "paused" }));
        var last = nodes.Spec("z");
        await SubmitAsync(nodes, [last]);

        var claimed = await NodesOnOneStore.ClaimAsync(nodes.All[0], 10, new Dictionary<string, int> { ["tool:paused"] = 0 });

        Assert.Equal(last.Id, Assert.Single(claimed).Job.Id);
    }

    [Fact]
    public async Task A_queue_gives_all_that_there_is_room_for_however_many_others_are_looked_into()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1);
        await SubmitAsync(nodes, Enumerable.Range(0, 50).Select(i => nodes.Spec($"p{i:000}")).Concat(Enumerable.Range(0, 60).Select(_ => nodes.Spec("long"))));

        var claimed = await NodesOnOneStore.ClaimAsync(nodes.All[0], 100);

        Assert.Equal((100, 50), (claimed.Count, claimed.Count(job => job.Job.Spec.Project == "long")));
    }

    private static async Task SubmitAsync(NodesOnOneStore nodes, IEnumerable<JobSpec> specs) =>
        Assert.All(await nodes.Store.Jobs.SubmitAsync([.. specs], Token), answer => Assert.IsType<Submission.Accepted>(answer));

    private static async Task<int> DrainAsync((PostgresStore Store, NodeEpoch Node) node)
    {
        for (var taken = 0; ;)
        {
            var claimed = await NodesOnOneStore.ClaimAsync(node, Queues);
            if (claimed.Count == 0) return taken;
            taken += claimed.Count;
        }
    }
}
