using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="INodeStore"/> promises, of a store that one server holds and of one that many nodes share.</summary>
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
    public async Task Registering_ends_earlier_epochs_of_its_name_and_in_an_exclusive_store_every_other()
    {
        var fence = await StartAsync();

        var other = await Store.Nodes.RegisterAsync(new NodeRegistration("b", "host", 2, "1.0"), Token);

        Assert.Equal(Store.Nodes.IsShared ? [] : [fence.Job], other.Rescued);
        Assert.Equal(Store.Nodes.IsShared ? BeatAnswer.Beating : BeatAnswer.Ended, await Store.Nodes.BeatAsync(Node, Token));
        Assert.Equal(Store.Nodes.IsShared ? JobStatus.Running : JobStatus.Pending, await StatusAsync(fence.Job));

        await RegisterAsync("a");

        Assert.Equal(BeatAnswer.Ended, await Store.Nodes.BeatAsync(Node, Token));
        Assert.Equal(JobStatus.Pending, await StatusAsync(fence.Job));
    }

    [Fact]
    public async Task Registering_rescues_what_the_ended_epoch_ran()
    {
        var (first, second) = (await StartAsync(), await StartAsync());

        var registered = await Store.Nodes.RegisterAsync(new NodeRegistration("a", "host", 2, "1.0"), Token);

        Assert.Equal([first.Job, second.Job], registered.Rescued.Order());
        Assert.Equal(BeatAnswer.Ended, await Store.Nodes.BeatAsync(Node, Token));
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
        Assert.Equal(BeatAnswer.Ended, await Store.Nodes.BeatAsync(first, Token));
        Assert.Equal(BeatAnswer.Beating, await Store.Nodes.BeatAsync(other, Token));
        Assert.Equal(BeatAnswer.Beating, await Store.Nodes.BeatAsync(Node, Token));
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
        Assert.Equal(BeatAnswer.Beating, await Store.Nodes.BeatAsync(worker, Token));
        Assert.Equal(WriteResult.Applied, (await FinishAsync(fence, Succeeded(fence))).Result);
    }

    [Fact]
    public async Task Living_nodes_are_listed_before_those_that_ended()
    {
        var first = await RegisterAsync("u@p");
        var second = await RegisterAsync("v@p");
        await Store.Nodes.DeclareDeadAsync(second, Token);
        var third = await RegisterAsync("w@p");

        Assert.Equal([third, first, Node, second], (await Store.Nodes.ListAsync(Token)).Select(node => node.Node));
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
        await Store.Nodes.DeclareDeadAsync(Node, Token);

        Assert.Equal(WriteResult.Fenced, (await FinishAsync(fence, Succeeded(fence))).Result);
        Assert.Equal([WriteResult.Fenced], await Store.Jobs.SaveProgressAsync([new ProgressReport(fence, new JobProgress { Number = 1 }, false)], Token));
        Assert.Equal(JobStatus.Pending, await StatusAsync(fence.Job));
    }

    [Fact]
    public async Task A_rescued_job_that_a_second_node_claimed_is_finished_by_that_one_only()
    {
        var first = await StartAsync();
        await Store.Nodes.DeclareDeadAsync(Node, Token);
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
        await Store.Jobs.BeginEffectsAsync(once, commitIsMarked: false, Token);
        await Store.Jobs.BeginEffectsAsync(often, commitIsMarked: false, Token);

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
        await Store.Nodes.DeclareDeadAsync(Node, Token);
        var b = await RegisterAsync("b");

        Assert.Single((await ClaimAsync(Request() with { Node = b, SourceLimitDefault = 1 })).Jobs);
    }

    [Fact]
    public async Task Beats_raise_the_counter_of_a_living_node()
    {
        var before = Assert.Single(await Store.Nodes.ReadBeatsAsync(Token));

        Assert.Equal(BeatAnswer.Beating, await Store.Nodes.BeatAsync(Node, Token));

        Assert.Equal(before with { Counter = before.Counter + 1 }, Assert.Single(await Store.Nodes.ReadBeatsAsync(Token)));
        Assert.Equal(BeatAnswer.Ended, await Store.Nodes.BeatAsync(new NodeEpoch("a", 9), Token));
    }

    [Fact]
    public async Task Nodes_are_listed_newest_first_with_what_they_said_and_run()
    {
        Time.Advance(TimeSpan.FromSeconds(3));
        await Store.Nodes.DeclareDeadAsync(Node, Token);
        var b = Assert.IsType<NodeEpoch>((await Store.Nodes.RegisterAsync(new NodeRegistration("b", "host", 1, "1.0", NodeRoles.Worker), Token)).Node);
        await SubmitAsync();
        await ClaimAsync(Request() with { Node = b });

        var nodes = await Store.Nodes.ListAsync(Token);

        Assert.Equal(new NodeInfo(b, new NodeRegistration("b", "host", 1, "1.0", NodeRoles.Worker), Now, null, 1), nodes[0]);
        Assert.Equal((Node, Now, 0), (nodes[1].Node, nodes[1].EndedAt, nodes[1].RunningCount));
    }

    [Fact]
    public async Task A_node_hears_with_its_beat_that_it_is_to_claim_nothing_and_that_it_may_again()
    {
        Assert.True(await Store.Nodes.SetDrainingAsync("a", draining: true, Token));
        Assert.Equal(BeatAnswer.Draining, await Store.Nodes.BeatAsync(Node, Token));
        Assert.True(Assert.Single(await Store.Nodes.ListAsync(Token)).Draining);

        Assert.True(await Store.Nodes.SetDrainingAsync("a", draining: false, Token));
        Assert.Equal(BeatAnswer.Beating, await Store.Nodes.BeatAsync(Node, Token));
        Assert.False(await Store.Nodes.SetDrainingAsync("nobody", draining: true, Token));
    }

    [Fact]
    public async Task A_new_epoch_is_not_draining()
    {
        await Store.Nodes.SetDrainingAsync("a", draining: true, Token);

        Assert.Equal(BeatAnswer.Beating, await Store.Nodes.BeatAsync(await RegisterAsync("a"), Token));
    }

    [Fact]
    public async Task What_one_node_tells_another_hears()
    {
        if (!Store.Nodes.IsShared)
        {
            await Store.Nodes.TellAsync(new WakeUp(true, true, [NewId()], ["p"]), Token); // nobody need be told, and nothing fails
            return;
        }

        var told = new WakeUp(Work: true, Cancels: false, [NewId(), NewId()], ["p", "q"]);
        await using var heard = Store.Nodes.ListenAsync(Token).GetAsyncEnumerator(Token);
        var next = heard.MoveNextAsync().AsTask();
        do
        {
            await Store.Nodes.TellAsync(told, Token); // until it listens: what was told before is not heard
        }
        while (await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token)) != next);

        Assert.True(await next);
        Assert.Equal((told.Work, told.Cancels), (heard.Current.Work, heard.Current.Cancels));
        Assert.Equal(told.Jobs, heard.Current.Jobs);
        Assert.Equal(told.Projects, heard.Current.Projects);
    }

    [Fact]
    public async Task Work_whose_commit_is_marked_runs_again_when_it_had_no_mark_yet()
    {
        var fence = await StartAsync(Spec() with { Source = "s" });
        await Store.Jobs.BeginEffectsAsync(fence, commitIsMarked: true, Token);

        await Store.Nodes.DeclareDeadAsync(Node, Token);

        var state = (await GetAsync(fence.Job)).State;
        Assert.Equal((JobStatus.Pending, new CommitIntent { Attempt = fence.Attempt, Fence = fence.Fence }), (state.Status, state.Commit));
    }

    [Fact]
    public async Task A_commit_in_doubt_goes_with_its_result_to_the_next_owner_however_many_attempts_there_were()
    {
        var fence = await StartAsync(Spec() with { Source = "s", MaxAttempts = 1 });
        var result = ((AttemptOutcome.Succeeded)Succeeded(fence)).Result;
        await Store.Jobs.BeginEffectsAsync(fence, commitIsMarked: true, Token);
        Assert.Equal(WriteResult.Applied, (await Store.Jobs.BeginCommitAsync(fence, "mark", result, Token)).Result);

        await Store.Nodes.DeclareDeadAsync(Node, Token);

        var b = await RegisterAsync("b");
        var claimed = Assert.Single((await ClaimAsync(Request() with { Node = b })).Jobs);
        Assert.Equal((fence.Attempt, fence.Fence, "mark"), (claimed.Job.State.Commit!.Attempt, claimed.Job.State.Commit.Fence, claimed.Job.State.Commit.Mark));
        Assert.Equal(result.Summary, claimed.Job.State.Commit.Result!.Summary);
        Assert.Empty(await Store.Reader.UnneededAsync([new AttemptBlobs(AttemptBlobKind.Result, fence)], Token));
        Assert.Equal(WriteResult.Applied, (await FinishAsync(claimed.Fence, new AttemptOutcome.Succeeded(result))).Result);
        Assert.Null((await GetAsync(fence.Job)).State.Commit);
    }

    [Fact]
    public async Task A_cancel_that_nobody_answered_is_found_and_ended_by_whoever_saw_the_work_gone()
    {
        var fence = await StartAsync(Spec() with { Source = "s" });
        await Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k1")], Token);
        Assert.Empty(await Store.Reader.UnansweredCancelsAsync(TimeSpan.FromSeconds(1), 10, Token));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(fence.Job, Assert.Single(await Store.Reader.UnansweredCancelsAsync(TimeSpan.FromSeconds(1), 10, Token)).Id);

        var gone = new SeenGone(fence, NewFinishId(), new AttemptOutcome.Stopped(Now, "terminated", Now));
        Assert.Equal(WriteResult.Applied, Assert.Single(await Store.Jobs.EndInsteadAsync([gone], Token)).Result);
        Assert.Equal(WriteResult.Applied, Assert.Single(await Store.Jobs.EndInsteadAsync([gone], Token)).Result);

        var state = (await GetAsync(fence.Job)).State;
        Assert.Equal((JobStatus.Canceled, fence.Fence + 1, "terminated", Now), (state.Status, state.Fence, state.Cancel!.Answer, state.Cancel.ConfirmedAt));
        Assert.Equal(WriteResult.Fenced, (await FinishAsync(fence, Succeeded(fence))).Result);
        Assert.Empty(await Store.Reader.UnansweredCancelsAsync(TimeSpan.Zero, 10, Token));
    }

    [Fact]
    public async Task Nobody_ends_a_job_instead_of_its_owner_that_nobody_wants_stopped()
    {
        var fence = await StartAsync(Spec() with { Source = "s" });

        var ended = await Store.Jobs.EndInsteadAsync([new SeenGone(fence, NewFinishId(), new AttemptOutcome.Stopped(Now, null, Now))], Token);

        Assert.Equal((WriteResult.NotApplicable, JobStatus.Running), (ended[0].Result, await StatusAsync(fence.Job)));
    }

    [Fact]
    public async Task What_may_still_run_at_a_source_is_not_said_to_be_gone_with_its_node()
    {
        var (wanted, late) = (await StartAsync(Spec() with { Source = "s" }), await StartAsync(Spec() with { Source = "s" }));
        await Store.Jobs.RequestCancelAsync([new CancelRequest(wanted.Job, "k1")], Token);

        await Store.Nodes.DeclareDeadAsync(Node, Token);
        await Store.Jobs.RequestCancelAsync([new CancelRequest(late.Job, "k1")], Token);

        foreach (var job in new[] { wanted.Job, late.Job })
        {
            var state = (await GetAsync(job)).State;
            Assert.Equal((JobStatus.Pending, null), (state.Status, state.Cancel!.ConfirmedAt));
        }

        Assert.Equal(2, (await Store.Reader.UnansweredCancelsAsync(TimeSpan.Zero, 10, Token)).Count);
    }
}
