using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Postgres.Tests.Store.Concurrency;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Tests.Store.Restoring;

/// <summary>Whoever has restored a store begins another history of it.</summary>
public sealed class RestoredTests(SharedCluster shared)
{
    private static readonly EventFilter All = new(null, new HashSet<EventKind>());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cursors_of_before_are_gone_every_epoch_has_ended_and_what_ran_goes_on_as_work_of_lost_nodes()
    {
        var options = new PostgresStoreOptions { Schema = PostgresStores.NewSchema() };
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2, options: options);
        JobSpec[] specs = [nodes.Spec(), nodes.Spec(), nodes.Spec() with { IdempotencyKey = "k", ContentHash = new byte[32] }];
        await nodes.Store.Jobs.SubmitAsync(specs, Token);
        var claimed = (await NodesOnOneStore.ClaimAsync(nodes.All[0], 1)).Concat(await NodesOnOneStore.ClaimAsync(nodes.All[1], 1)).ToArray();
        await nodes.Store.Jobs.BeginEffectsAsync(claimed[1].Fence, commitIsMarked: false, Token);
        var cursor = await nodes.Store.Events.EndAsync(Token);

        var restored = await PostgresHosting.RestoredAsync(await PostgresStores.ConnectionStringAsync(shared), force: false, TimeProvider.System, Token, options);

        // Then it says what it did
        Assert.Equal(["n0", "n1"], restored.Ended.Select(node => node.Node));
        Assert.Equal(2, restored.RescuedCount);

        // And the next start finds another history, in which what was acknowledged is there
        await using var anew = await PostgresStores.OpenAsync(await PostgresStores.ConnectionStringAsync(shared), options);
        Assert.Equal(restored.Incarnation, anew.Reader.Incarnation);
        Assert.NotEqual(cursor.Incarnation, anew.Reader.Incarnation);
        Assert.IsType<EventRead.Gone>(await anew.Events.ReadAsync("p", cursor, All, 10, Token));
        Assert.All(await anew.Nodes.ListAsync(Token), node => Assert.NotNull(node.EndedAt));
        Assert.Equal(specs[2].Id, Assert.IsType<Submission.Duplicate>((await anew.Jobs.SubmitAsync([nodes.Spec() with { IdempotencyKey = "k", ContentHash = new byte[32] }], Token))[0]).Existing);
        Assert.Equal("store.restored", Assert.Single(await anew.Audit.ReadAsync(null, null, "store.restored", 10, Token)).Action);

        // And what ran is due again, but for what may have had its effect
        Assert.Equal(
            [(JobStatus.Pending, null), (JobStatus.Failed, "unknown_outcome")],
            (await anew.Reader.GetAsync([.. claimed.Select(job => job.Fence.Job)], Token)).Select(job => (job!.State.Status, job.State.Status == JobStatus.Failed ? job.State.Error?.Code : null)));
    }

    [Fact]
    public async Task While_nodes_beat_it_refuses_and_names_them_and_forced_they_find_it_out()
    {
        var options = new PostgresStoreOptions { Schema = PostgresStores.NewSchema() };
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2, options: options);
        var connection = await PostgresStores.ConnectionStringAsync(shared);
        using var beating = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var beats = BeatAsync(nodes.All[1], beating.Token);

        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresHosting.RestoredAsync(connection, force: false, TimeProvider.System, Token, options));
        await beating.CancelAsync();
        await beats;

        // Then only the one that beats is named, and it has not ended
        Assert.Contains($"use this store just now: {nodes.All[1].Node}. Stop them", refused.Message, StringComparison.Ordinal);
        Assert.Equal(BeatAnswer.Beating, await nodes.Store.Nodes.BeatAsync(nodes.All[1].Node, Token));

        // And when it is forced, the node loses its epoch, and as it registers anew it sees that the history is another
        await PostgresHosting.RestoredAsync(connection, force: true, TimeProvider.System, Token, options);
        Assert.Equal(BeatAnswer.Ended, await nodes.Store.Nodes.BeatAsync(nodes.All[1].Node, Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await nodes.Store.Nodes.RegisterAsync(new NodeRegistration("n1", "host", 1, "1"), Token));
        Assert.True(nodes.Store.HistoryEnded.IsCompleted);
    }

    [Fact]
    public async Task A_database_without_a_store_is_left_as_it_is()
    {
        var (connection, options) = (await PostgresStores.ConnectionStringAsync(shared), new PostgresStoreOptions { Schema = PostgresStores.NewSchema() });

        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresHosting.RestoredAsync(connection, force: false, TimeProvider.System, Token, options));

        Assert.Contains($"no store in schema {options.Schema}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no store", await PostgresHosting.CheckStoreAsync(connection, Token, options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_never_gets_a_fence_under_which_files_of_the_lost_history_may_lie()
    {
        var options = new PostgresStoreOptions { Schema = PostgresStores.NewSchema() };
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 1, options: options);
        await nodes.Store.Registry.PutAsync(new Registry.DocumentKey("results_directory", "", "default"), """{"token":"t"}""", 0, Token);
        await nodes.Store.Jobs.SubmitAsync([nodes.Spec()], Token);

        await PostgresHosting.RestoredAsync(await PostgresStores.ConnectionStringAsync(shared), force: true, TimeProvider.System, Token, options);

        await using var anew = await NodesOnOneStore.OpenAsync(shared, 1, options: options);
        Assert.Equal(1_001, Assert.Single(await NodesOnOneStore.ClaimAsync(anew.All[0], 1)).Fence.Fence);
    }

    private static async Task BeatAsync((Postgres.Store.Opening.PostgresStore Store, NodeEpoch Node) node, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            while (await pace.WaitForNextTickAsync(cancellationToken)) await node.Store.Nodes.BeatAsync(node.Node, Token);
        }
        catch (OperationCanceledException)
        {
            // the test has seen enough
        }
    }
}
