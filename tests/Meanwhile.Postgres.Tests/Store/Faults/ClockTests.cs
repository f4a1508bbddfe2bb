using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Settings;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>The clock of one node of two is off by an hour.</summary>
public sealed class ClockTests(SharedCluster shared)
{
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(30);
    private readonly string _schema = PostgresStores.NewSchema();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(60, NodeRoles.Api)]
    [InlineData(60, NodeRoles.Worker)]
    [InlineData(-60, NodeRoles.Api)]
    [InlineData(-60, NodeRoles.Worker)]
    public async Task Due_times_and_the_times_that_are_told_are_those_of_the_store(int minutes, NodeRoles wrongDoes)
    {
        // Given one node that takes jobs and one that runs them, and one of the clocks is wrong
        await using var wrong = await StartAsync("wrong", minutes, options => options.Roles = wrongDoes);
        await using var right = await StartAsync("right", 0, options => options.Roles = wrongDoes == NodeRoles.Api ? NodeRoles.Worker : NodeRoles.Api);
        var api = wrongDoes == NodeRoles.Api ? wrong : right;

        // When a job is due at once, one in two seconds, one in half an hour, and one with a deadline to start
        var begin = TimeProvider.System.GetUtcNow();
        var now = await api.Jobs.SubmitAsync(RealNode.Echo(), Token);
        var soon = await api.Jobs.SubmitAsync(RealNode.Echo() with { DelaySeconds = 2 }, Token);
        var later = await api.Jobs.SubmitAsync(RealNode.Echo() with { RunAt = begin.AddMinutes(30), StartDeadlineSeconds = 60 }, Token);
        var ended = new[] { await api.EndedAsync(now.Job.Id), await api.EndedAsync(soon.Job.Id) };

        // Then each ran when it was due, by the store's time, and every time that is told is near the truth
        Assert.All(ended, job => Assert.Equal(JobStatus.Succeeded, job.Status));
        Assert.True(ended[1].Record.State.StartedAt >= ended[1].Record.Spec.CreatedAt.AddSeconds(2));
        Assert.Equal(JobStatus.Pending, (await api.Jobs.GetAsync(later.Job.Id.ToString(), Token)).Status);
        var events = (await api.Jobs.ReadEventsAsync(null, new EventQuery(), Token)).Items.Where(item => item.Event.Job == now.Job.Id || item.Event.Job == soon.Job.Id).ToArray();
        Assert.Equal(6, events.Length);
        DateTimeOffset?[] told = [.. ended.SelectMany(job => new[] { job.Record.Spec.CreatedAt, job.Record.State.StartedAt, job.Record.State.FinishedAt }), .. events.Select(item => (DateTimeOffset?)item.Event.Data.At)];
        Assert.All(told, at => Assert.InRange(at!.Value, begin - Near, begin + Near + Near));
        Assert.All(ended, job => Assert.Equal(TimeSpan.FromHours(24), job.Record.State.ExpiresAt - job.Record.State.FinishedAt));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(-60)]
    public async Task Who_lives_is_left_alone_and_who_is_silent_is_declared_dead_whatever_the_clocks_show(int minutes)
    {
        var connection = await PostgresStores.ConnectionStringAsync(shared);
        await using var wrong = await StartAsync("wrong", minutes, Quick);
        await using var right = await StartAsync("right", 0, Quick);

        // When a third node is silent
        await using var store = await PostgresStores.OpenAsync(connection, new PostgresStoreOptions { Schema = _schema });
        await store.Nodes.RegisterAsync(new NodeRegistration("silent", "host", 1, "1"), Token);
        await RealNode.UntilAsync(async () => (await store.Nodes.ListAsync(Token)).Any(node => node.Node.Node == "silent" && node.EndedAt is not null));

        // Then it alone has ended, and the times are the store's
        var nodes = await store.Nodes.ListAsync(Token);
        Assert.Equal([("right", 1, false), ("silent", 1, true), ("wrong", 1, false)], nodes.Select(node => (node.Node.Node, (int)node.Node.Epoch, node.EndedAt is not null)).Order());
        Assert.All(nodes, node => Assert.InRange(node.EndedAt ?? node.RegisteredAt, TimeProvider.System.GetUtcNow() - Near - Near, TimeProvider.System.GetUtcNow() + Near));
    }

    private static void Quick(EngineOptions options) =>
        (options.BeatEvery, options.WatchEvery, options.SilenceUntilDead) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));

    private async Task<RealNode> StartAsync(string name, int minutes, Action<EngineOptions> configure) =>
        await RealNode.StartAsync(await PostgresStores.ConnectionStringAsync(shared), name, minutes == 0 ? null : new WrongClock(TimeSpan.FromMinutes(minutes)), _schema, configure);

    private sealed class WrongClock(TimeSpan off) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + off;
    }
}
