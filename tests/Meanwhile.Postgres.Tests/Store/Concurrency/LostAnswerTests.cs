using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>The line is cut after the server has committed and before its answer arrives.</summary>
public sealed class LostAnswerTests(SharedCluster shared) : IAsyncLifetime
{
    private CuttingProxy _proxy = null!;
    private NodesOnOneStore _nodes = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private (Postgres.Store.Opening.PostgresStore Store, Nodes.NodeEpoch Node) Cut => _nodes.All[0];

    public async ValueTask InitializeAsync()
    {
        _proxy = new CuttingProxy(shared.Cluster.Port);
        var through = new NpgsqlConnectionStringBuilder(await PostgresStores.ConnectionStringAsync(shared)) { Port = _proxy.Port };
        _nodes = await NodesOnOneStore.OpenAsync(shared, 1, _ => through.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_submission_whose_answer_is_lost_is_there_and_repeating_it_makes_no_second()
    {
        var spec = _nodes.Spec() with { IdempotencyKey = "k", ContentHash = new byte[32] };
        await Cut.Store.Jobs.SubmitAsync([_nodes.Spec()], Token); // the lane is known

        _proxy.LoseAnswerTo("idempotency");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Cut.Store.Jobs.SubmitAsync([spec], Token));
        var again = await Cut.Store.Jobs.SubmitAsync([spec], Token);

        Assert.Equal(1, _proxy.Cuts);
        Assert.IsType<Submission.Accepted>(again[0]);
        Assert.Equal(2, (await Cut.Store.Reader.CountAsync("p", Token)).Sum(count => count.Count));
    }

    [Fact]
    public async Task A_finish_whose_answer_is_lost_is_applied_and_repeating_it_says_so()
    {
        await Cut.Store.Jobs.SubmitAsync([_nodes.Spec()], Token);
        var end = _nodes.End(Assert.Single(await NodesOnOneStore.ClaimAsync(Cut, 1)).Fence);

        _proxy.LoseAnswerTo("left_over");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Cut.Store.Jobs.FinishAsync([end], Token));
        var again = await Cut.Store.Jobs.FinishAsync([end], Token);

        Assert.Equal(1, _proxy.Cuts);
        Assert.Equal((WriteResult.Applied, JobStatus.Succeeded), (again[0].Result, again[0].Job!.State.Status));
        Assert.Equal(3, again[0].Job!.State.EventCount);
    }

    [Fact]
    public async Task A_claim_whose_answer_is_lost_is_found_under_the_nodes_epoch()
    {
        var spec = _nodes.Spec();
        await Cut.Store.Jobs.SubmitAsync([spec], Token);

        _proxy.LoseAnswerTo("skip locked");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Cut.Store.Jobs.ClaimAsync(new ClaimRequest { Node = Cut.Node, Max = 1 }, Token));

        Assert.Equal(1, _proxy.Cuts);
        Assert.Equal(spec.Id, Assert.Single(await Cut.Store.Reader.OwnedAsync(Cut.Node, Token)).Id);
    }
}
