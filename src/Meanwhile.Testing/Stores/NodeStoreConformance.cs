using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="INodeStore"/> promises, of a store that one server holds.</summary>
public abstract class NodeStoreConformance : StoreConformance
{
    [Fact]
    public async Task Each_registration_is_a_new_epoch_of_its_name()
    {
        Assert.Equal(new NodeEpoch("a", 1), Node);
        Assert.Equal(new NodeEpoch("a", 2), await RegisterAsync("a"));
        Assert.Equal(new NodeEpoch("b", 1), await RegisterAsync("b"));
        Assert.Equal(new NodeEpoch("a", 3), await RegisterAsync("a"));
    }

    [Fact]
    public async Task Registering_ends_every_other_epoch_and_rescues_its_work()
    {
        var (first, second) = (await StartAsync(), await StartAsync());

        var registered = await Store.Nodes.RegisterAsync(new NodeRegistration("b", "host", 2, "1.0"), Token);

        Assert.Equal([first.Job, second.Job], registered.Rescued.Order());
        Assert.False(await Store.Nodes.BeatAsync(Node, Token));
        var state = (await GetAsync(first.Job)).State;
        Assert.Equal((JobStatus.Pending, 1, null, Now), (state.Status, state.AttemptsCounted, state.Owner, state.RunAt));
        Assert.Equal((first.Fence + 1, "node_lost"), (state.Fence, state.Error!.Code));
        Assert.Equal(EventKind.Rescued, (await KindsAsync(first.Job))[^1]);
    }

    [Fact]
    public async Task A_worker_ends_earlier_lives_of_its_own_name_alone()
    {
        var served = await StartAsync();
        var other = await RegisterAsync("v@p");
        var first = await RegisterAsync("w@p");
        await SubmitAsync();
        var worked = Assert.Single((await ClaimAsync(Request() with { Node = first })).Jobs).Fence;

        var registered = await Store.Nodes.RegisterAsync(new NodeRegistration("w@p", "host", 2, "1.0"), Token);

        Assert.Equal((new NodeEpoch("w@p", 2), worked.Job), (registered.Node, Assert.Single(registered.Rescued)));
        Assert.False(await Store.Nodes.BeatAsync(first, Token));
        Assert.True(await Store.Nodes.BeatAsync(other, Token));
        Assert.True(await Store.Nodes.BeatAsync(Node, Token));
        Assert.Equal(JobStatus.Running, await StatusAsync(served.Job));
    }

    [Fact]
    public async Task A_workers_life_and_work_go_on_when_the_server_registers_anew()
    {
        var worker = await RegisterAsync("w@p");
        await SubmitAsync();
        var fence = Assert.Single((await ClaimAsync(Request() with { Node = worker })).Jobs).Fence;

        var registered = await Store.Nodes.RegisterAsync(new NodeRegistration("a", "host", 2, "1.0"), Token);

        Assert.Empty(registered.Rescued);
        Assert.True(await Store.Nodes.BeatAsync(worker, Token));
        Assert.Equal(WriteResult.Applied, (await FinishAsync(fence, Succeeded(fence))).Result);
    }

    [Fact]
    public async Task Living_nodes_are_listed_before_those_that_ended()
    {
        var worker = await RegisterAsync("w@p");
        var b = await RegisterAsync("b");
        await Store.Nodes.DeclareDeadAsync(b, Token);
        var c = await RegisterAsync("c");

        Assert.Equal([c, worker, b, Node], (await Store.Nodes.ListAsync(Token)).Select(node => node.Node));
    }

    [Fact]
    public async Task What_a_worker_takes_is_listed_with_it()
    {
        var worker = (await Store.Nodes.RegisterAsync(new NodeRegistration("w@p", "host", 2, "1.0") { Tools = ["resize", "schema.train"] }, Token)).Node;

        var nodes = await Store.Nodes.ListAsync(Token);

        Assert.Equal(["resize", "schema.train"], nodes.Single(node => node.Node == worker).Registration.Tools);
        Assert.Empty(nodes.Single(node => node.Node == Node).Registration.Tools);
    }

    [Fact]
    public async Task What_a_dead_node_still_writes_changes_nothing()
    {
        var fence = await StartAsync();
        await RegisterAsync("b");

        Assert.Equal(WriteResult.Fenced, (await FinishAsync(fence, Succeeded(fence))).Result);
        Assert.Equal([WriteResult.Fenced], await Store.Jobs.SaveProgressAsync([new ProgressReport(fence, new JobProgress { Number = 1 }, false)], Token));
        Assert.Equal(JobStatus.Pending, await StatusAsync(fence.Job));
    }

    [Fact]
    public async Task A_rescued_job_that_a_second_node_claimed_is_finished_by_that_one_only()
    {
        var first = await StartAsync();
        var b = await RegisterAsync("b");
        var second = Assert.Single((await ClaimAsync(Request() with { Node = b })).Jobs).Fence;

        Assert.Equal(WriteResult.Fenced, (await FinishAsync(first, Failed())).Result);
        Assert.Equal(WriteResult.Applied, (await FinishAsync(second, Succeeded(second))).Result);
    }

    [Fact]
    public async Task A_node_lost_once_too_often_ends_the_job()
    {
        var fence = await StartAsync(Spec() with { MaxAttempts = 1 });

        await Store.Nodes.DeclareDeadAsync(Node, Token);

        var state = (await GetAsync(fence.Job)).State;
        Assert.Equal((JobStatus.Failed, "node_lost"), (state.Status, state.Error!.Code));
    }

    [Fact]
    public async Task Work_that_may_have_had_its_effect_is_not_run_again_unless_it_may_be()
    {
        var (once, often) = (await StartAsync(), await StartAsync(Spec() with { Idempotent = true }));
        await Store.Jobs.BeginEffectsAsync(once, Token);
        await Store.Jobs.BeginEffectsAsync(often, Token);

        await Store.Nodes.DeclareDeadAsync(Node, Token);

        Assert.Equal(ErrorKind.UnknownOutcome, (await GetAsync(once.Job)).State.Error!.Type);
        Assert.Equal((JobStatus.Failed, JobStatus.Pending), (await StatusAsync(once.Job), await StatusAsync(often.Job)));
    }

    [Fact]
    public async Task A_job_that_was_to_be_stopped_ends_with_its_node()
    {
        var (wanted, late) = (await StartAsync(), await StartAsync());
        await Store.Jobs.RequestCancelAsync([new CancelRequest(wanted.Job, "k1")], Token);
        await Store.Jobs.MarkOverTimeAsync([late], Token);

        await RegisterAsync("a");

        Assert.Equal((JobStatus.Canceled, JobStatus.Timeout), (await StatusAsync(wanted.Job), await StatusAsync(late.Job)));
        Assert.NotNull((await GetAsync(wanted.Job)).State.Cancel!.ConfirmedAt);
    }

    [Fact]
    public async Task A_node_is_declared_dead_once()
    {
        var fence = await StartAsync();

        Assert.Equal([fence.Job], await Store.Nodes.DeclareDeadAsync(Node, Token));
        Assert.Empty(await Store.Nodes.DeclareDeadAsync(Node, Token));
        Assert.Empty(await Store.Nodes.DeclareDeadAsync(new NodeEpoch("nobody", 1), Token));
    }

    [Fact]
    public async Task A_rescued_slot_is_free_again()
    {
        await StartAsync(Spec() with { Source = "s" });
        var b = await RegisterAsync("b");

        Assert.Single((await ClaimAsync(Request() with { Node = b, SourceLimitDefault = 1 })).Jobs);
    }

    [Fact]
    public async Task Beats_raise_the_counter_of_a_living_node()
    {
        var before = Assert.Single(await Store.Nodes.ReadBeatsAsync(Token));

        Assert.True(await Store.Nodes.BeatAsync(Node, Token));

        Assert.Equal(before with { Counter = before.Counter + 1 }, Assert.Single(await Store.Nodes.ReadBeatsAsync(Token)));
        Assert.False(await Store.Nodes.BeatAsync(new NodeEpoch("a", 9), Token));
    }

    [Fact]
    public async Task Nodes_are_listed_newest_first_with_what_they_said_and_run()
    {
        Time.Advance(TimeSpan.FromSeconds(3));
        var b = await RegisterAsync("b");
        await SubmitAsync();
        await ClaimAsync(Request() with { Node = b });

        var nodes = await Store.Nodes.ListAsync(Token);

        Assert.Equal(new NodeInfo(b, new NodeRegistration("b", "host", 1, "1.0"), Now, null, 1), nodes[0]);
        Assert.Equal((Node, Now, 0), (nodes[1].Node, nodes[1].EndedAt, nodes[1].RunningCount));
    }
}
