using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Results;
using Meanwhile.Stores;
using Meanwhile.Testing.Postgres;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Postgres.Tests.Store.Restoring;

/// <summary>The primary is lost, and a standby that was behind takes its place.</summary>
public sealed class FailoverTests
{
    private static readonly EventFilter All = new(null, new HashSet<EventKind>());
    private readonly JobIdMaker _ids = new(TimeProvider.System, Draws.Seeded(7));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_running_node_remembers_of_the_lost_history_is_never_written_and_what_the_replica_knows_goes_on()
    {
        // Given a node whose running and waiting jobs the replica knows, and which goes on beyond what the replica knows
        await using var both = await ReplicatedCluster.StartAsync(Token);
        await using var store = await PostgresStores.OpenAsync(both.ConnectionString);
        var node = await RegisterAsync(store);
        JobSpec[] known = [Spec("known"), Spec("known"), Spec("known")];
        await store.Jobs.SubmitAsync(known, Token);
        var running = Assert.Single(await ClaimAsync(store, node, 1));
        var cursor = await store.Events.EndAsync(Token);
        await both.LeaveBehindAsync(Token);
        JobSpec[] lost = [Spec("known"), Spec("lost")];
        await store.Jobs.SubmitAsync(lost, Token);
        var taken = Assert.Single(await ClaimAsync(store, node, 1));

        // When the replica takes over
        await both.FailOverAsync(Token);
        await UntilAsync(() => SeesItAsync(store));

        // Then the node neither submits nor ends anything there
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Jobs.SubmitAsync([Spec("lost")], Token));
        var told = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Jobs.FinishAsync([End(running.Fence), End(taken.Fence)], Token));
        Assert.Contains("another history", told.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Nodes.BeatAsync(node, Token));

        // And opened anew it finds what the replica knows, as work of a node that was lost
        await using var anew = await PostgresStores.OpenAsync(both.ConnectionString);
        Assert.Equal([true, true, true, false, false], (await anew.Reader.GetAsync([.. known.Concat(lost).Select(spec => spec.Id)], Token)).Select(job => job is not null));
        Assert.NotNull(Assert.Single(await anew.Nodes.ListAsync(Token)).EndedAt);
        Assert.IsType<EventRead.Gone>(await anew.Events.ReadAsync("known", cursor, All, 10, Token));
        var added = Assert.IsType<Submission.Accepted>((await anew.Jobs.SubmitAsync([Spec("known")], Token))[0]);
        Assert.True(added.Sequence > 1_000_000, $"Sequence {added.Sequence} may be one of the lost history.");

        // And all of it runs to its end, what ran before in another attempt
        var second = await RegisterAsync(anew);
        var claimed = await ClaimAsync(anew, second, 10);
        Assert.Equal(4, claimed.Count);
        Assert.Equal(2, claimed.Single(job => job.Fence.Job == running.Fence.Job).Fence.Attempt);
        Assert.All(await anew.Jobs.FinishAsync([.. claimed.Select(job => End(job.Fence))], Token), write => Assert.Equal(WriteResult.Applied, write.Result));
    }

    [Fact]
    public async Task Behind_a_pooler_that_goes_on_to_the_replica_under_the_same_connections_each_batch_looks_where_it_is()
    {
        await using var both = await ReplicatedCluster.StartAsync(Token);
        await using var bouncer = await TemporaryBouncer.StartAsync(both.Primary, cancellationToken: Token);
        await using var store = await PostgresStores.OpenAsync(bouncer.ConnectionString());
        var node = await RegisterAsync(store);
        await store.Jobs.SubmitAsync([Spec("known")], Token);
        await both.LeaveBehindAsync(Token);
        await store.Jobs.SubmitAsync([Spec("lost")], Token);
        await both.FailOverAsync(Token);
        await bouncer.LeadToAsync(both.Replica, Token);
        await UntilAsync(() => SeesItAsync(store));

        await using var anew = await PostgresStores.OpenAsync(bouncer.ConnectionString());

        Assert.Single(await anew.Reader.CountAsync("known", Token));
        Assert.Empty(await anew.Reader.CountAsync("lost", Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Nodes.BeatAsync(node, Token));
    }

    [Fact]
    public async Task A_beat_alone_finds_the_failover_out()
    {
        await using var both = await ReplicatedCluster.StartAsync(Token);
        await using var store = await PostgresStores.OpenAsync(both.ConnectionString);
        var node = await RegisterAsync(store);
        await both.LeaveBehindAsync(Token);
        Assert.Equal(BeatAnswer.Beating, await store.Nodes.BeatAsync(node, Token));
        await both.FailOverAsync(Token);

        await UntilAsync(async () =>
        {
            await Record.ExceptionAsync(async () => await store.Nodes.BeatAsync(node, Token));
            return store.HistoryEnded.IsCompleted;
        });

        Assert.True(store.HistoryEnded.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_standby_is_refused_with_what_to_do()
    {
        await using var both = await ReplicatedCluster.StartAsync(Token);

        var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(both.Replica.ConnectionString() + ";Target Session Attributes=primary"));

        Assert.Contains("is a standby, which only reads: lead the connection string to the primary (Target Session Attributes=primary)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_hosts_the_primary_is_taken_without_being_asked_for()
    {
        await using var both = await ReplicatedCluster.StartAsync(Token);
        var replicaFirst = both.Replica.ConnectionStringWith(both.Primary).Replace("Target Session Attributes=primary;", "", StringComparison.Ordinal);

        await using var store = await PostgresStores.OpenAsync(replicaFirst);

        Assert.IsType<Submission.Accepted>((await store.Jobs.SubmitAsync([Spec("p")], Token))[0]);
    }

    /// <summary>Looks again and again until something is so.</summary>
    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isSo()) await ticks.WaitForNextTickAsync(patience.Token);
    }

    private static async Task<bool> SeesItAsync(PostgresStore store)
    {
        await Record.ExceptionAsync(async () => await store.Reader.CountAsync("known", Token));
        return store.HistoryEnded.IsCompleted;
    }

    private static async Task<NodeEpoch> RegisterAsync(PostgresStore store) => (await store.Nodes.RegisterAsync(new NodeRegistration("n", "host", 1, "1"), Token)).Node;

    private static async Task<IReadOnlyList<ClaimedJob>> ClaimAsync(PostgresStore store, NodeEpoch node, int max) =>
        Assert.IsType<ClaimResult.Claimed>(await store.Jobs.ClaimAsync(new ClaimRequest { Node = node, Max = max, SourceLimitDefault = int.MaxValue, Limits = new Dictionary<string, int>() }, Token)).Jobs;

    private JobSpec Spec(string project)
    {
        var now = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        return new JobSpec { Id = _ids.Next(), Project = project, SubmittedBy = "k", Tool = "t", CreatedAt = now, RunAt = now };
    }

    private AttemptEnd End(AttemptFence fence) => new(fence, _ids.Next().Value, new AttemptOutcome.Succeeded(new ResultManifest { Attempt = fence.Attempt, Fence = fence.Fence }));
}
