using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>Claims that were looked ahead for while the one before was written.</summary>
public sealed class LookAheadTests(SharedCluster shared)
{
    private const int Max = 100;
    private static readonly Dictionary<string, int> NoLimits = []; // the same for each claim, as a node's are

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Claims_one_after_the_other_take_each_job_once_and_in_order()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2);
        var specs = Enumerable.Range(0, 950).Select(_ => nodes.Spec()).ToArray();
        await SubmitAsync(nodes.All[1], specs); // at another node, so that the one that claims has to read them

        List<JobId> taken = [];
        while (await ClaimAsync(nodes.All[0]) is { Count: > 0 } claimed) taken.AddRange(claimed.Select(job => job.Job.Id));

        var sequences = (await nodes.Store.Reader.GetAsync(taken, Token)).Select(job => job!.Sequence).ToList();
        Assert.Equal(specs.Select(spec => spec.Id).Order(), taken.Order());
        Assert.Equal(Enumerable.Range(1, 950).Select(i => (long)i), sequences.Order());
        Assert.Equal(sequences.Chunk(Max).SelectMany(chunk => chunk.Order()), sequences.Order()); // what one claim took comes before what the next took
    }

    [Fact]
    public async Task A_job_that_comes_before_all_others_is_in_the_very_next_claim()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1);
        await SubmitAsync(nodes.All[0], Enumerable.Range(0, 500).Select(_ => nodes.Spec()));
        Assert.Equal(Max, (await ClaimAsync(nodes.All[0])).Count);
        var urgent = nodes.Spec() with { Priority = 9 };
        await SubmitAsync(nodes.All[0], [urgent]);

        var next = await ClaimAsync(nodes.All[0]);

        Assert.Equal(urgent.Id, next[0].Job.Id);
        Assert.Equal(Max, next.Count);
    }

    [Fact]
    public async Task A_job_that_is_put_back_is_in_the_very_next_claim()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1);
        await SubmitAsync(nodes.All[0], Enumerable.Range(0, 500).Select(_ => nodes.Spec() with { Priority = 3 }));
        var first = await ClaimAsync(nodes.All[0]);
        await SubmitAsync(nodes.All[0], [nodes.Spec("other") with { Priority = 4 }]);

        await nodes.Store.Jobs.FinishAsync([new AttemptEnd(first[0].Fence, nodes.NewId(), new AttemptOutcome.HandBack())], Token);
        var next = await ClaimAsync(nodes.All[0]);

        Assert.Contains(next, job => job.Job.Spec.Project == "other");
        Assert.DoesNotContain(next, job => first.Skip(1).Any(before => before.Job.Id == job.Job.Id));
    }

    [Fact]
    public async Task What_another_node_took_meanwhile_is_passed_over()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2);
        await SubmitAsync(nodes.All[0], Enumerable.Range(0, 500).Select(_ => nodes.Spec()));
        HashSet<JobId> taken = [];
        for (var i = 0; i < 5; i++)
        {
            foreach (var job in await ClaimAsync(nodes.All[i % 2])) Assert.True(taken.Add(job.Job.Id), $"{job.Job.Id} was taken twice.");
        }

        while (taken.Count < 500)
        {
            var claimed = (await ClaimAsync(nodes.All[0])).Concat(await ClaimAsync(nodes.All[1])).ToList();
            Assert.NotEmpty(claimed);
            Assert.All(claimed, job => Assert.True(taken.Add(job.Job.Id), $"{job.Job.Id} was taken twice."));
        }
    }

    [Fact]
    public async Task A_claim_that_asks_for_something_else_looks_itself()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1);
        await SubmitAsync(nodes.All[0], Enumerable.Range(0, 400).Select(_ => nodes.Spec("p")));
        var only = nodes.Spec("p") with { Tool = "u" };
        await SubmitAsync(nodes.All[0], [only]);
        Assert.Equal(Max, (await ClaimAsync(nodes.All[0], request => request with { Tools = new HashSet<string> { "t" } })).Count);

        var ofU = await ClaimAsync(nodes.All[0], request => request with { Tools = new HashSet<string> { "u" } });
        Assert.Equal(only.Id, Assert.Single(ofU).Job.Id);

        Assert.Equal(Max, (await ClaimAsync(nodes.All[0])).Count);
        Assert.Empty(await ClaimAsync(nodes.All[0], request => request with { Limits = new Dictionary<string, int> { ["project:p"] = 0 } }));
    }

    [Fact]
    public async Task Jobs_that_were_read_ahead_are_as_they_are_and_have_their_checkpoints()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2);
        await SubmitAsync(nodes.All[1], Enumerable.Range(0, 2 * Max).Select(i => nodes.Spec() with { Params = $$"""{"n":{{i}}}""", Statement = "select 1", Labels = new Dictionary<string, string> { ["n"] = $"{i}" } }));
        foreach (var job in (await ClaimAsync(nodes.All[1])).Concat(await ClaimAsync(nodes.All[1])))
        {
            await nodes.All[1].Store.Jobs.SaveCheckpointAsync(job.Fence, $$"""{"of":{{job.Job.Sequence}}}""", Token);
            await nodes.All[1].Store.Jobs.FinishAsync([new AttemptEnd(job.Fence, nodes.NewId(), new AttemptOutcome.HandBack())], Token);
        }

        var claimed = (await ClaimAsync(nodes.All[0])).Concat(await ClaimAsync(nodes.All[0])).ToList();

        Assert.Equal(2 * Max, claimed.Count);
        Assert.Equivalent(await nodes.Store.Reader.GetAsync([.. claimed.Select(job => job.Job.Id)], Token), claimed.Select(job => job.Job), strict: true);
        Assert.All(claimed, job => Assert.Equal($$"""{"of":{{job.Job.Sequence}}}""", job.Checkpoint));
    }

    private static async Task SubmitAsync((PostgresStore Store, NodeEpoch Node) node, IEnumerable<JobSpec> specs) =>
        Assert.All(await node.Store.Jobs.SubmitAsync([.. specs], Token), answer => Assert.IsType<Submission.Accepted>(answer));

    private static async Task<IReadOnlyList<ClaimedJob>> ClaimAsync((PostgresStore Store, NodeEpoch Node) node, Func<ClaimRequest, ClaimRequest>? with = null)
    {
        var request = new ClaimRequest { Node = node.Node, Max = Max, SourceLimitDefault = int.MaxValue, Limits = NoLimits };
        return Assert.IsType<ClaimResult.Claimed>(await node.Store.Jobs.ClaimAsync(with?.Invoke(request) ?? request, Token)).Jobs;
    }
}
