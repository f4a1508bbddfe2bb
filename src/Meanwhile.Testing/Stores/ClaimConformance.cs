using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>Who is claimed when: what <see cref="IJobStore.ClaimAsync"/> promises.</summary>
public abstract class ClaimConformance : StoreConformance
{
    [Fact]
    public async Task A_claim_gives_the_job_a_new_attempt_owned_by_the_node()
    {
        var spec = await SubmitAsync(Spec() with { Statement = "select 1", Params = """{"a":2}""" });
        Time.Advance(TimeSpan.FromSeconds(1));

        var job = Assert.Single((await ClaimAsync()).Jobs).Job;

        Assert.Equal(Texts.Of(spec), Texts.Of(job.Spec));
        Assert.Equal((JobStatus.Running, 1, 1L, Node, Now), (job.State.Status, job.State.Attempt, job.State.Fence, job.State.Owner!.Value, job.State.StartedAt!.Value));
        Assert.Equal(Texts.Of(await GetAsync(spec.Id)), Texts.Of(job));
        Assert.Empty((await ClaimAsync()).Jobs);
    }

    [Fact]
    public async Task Within_a_project_the_higher_priority_goes_first_then_due_earlier_then_accepted_earlier()
    {
        var low = await SubmitAsync(Spec() with { Priority = 0 });
        var later = await SubmitAsync(Spec() with { Priority = 5, RunAt = Now.AddSeconds(2) });
        var first = await SubmitAsync(Spec() with { Priority = 5, RunAt = Now.AddSeconds(1) });
        var second = await SubmitAsync(Spec() with { Priority = 5, RunAt = Now.AddSeconds(1), Source = "s" });
        var top = await SubmitAsync(Spec() with { Priority = 10, RunAt = Now.AddSeconds(3) });
        Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([top.Id, first.Id, second.Id, later.Id, low.Id], (await ClaimAsync()).Jobs.Select(job => job.Job.Id));
    }

    [Fact]
    public async Task Hundreds_of_due_jobs_come_in_order_and_each_once()
    {
        var specs = Enumerable.Range(0, 600).Select(i => Spec() with { Priority = i % 3, RunAt = Now.AddSeconds(-(i % 7)) }).ToList();
        await Store.Jobs.SubmitAsync(specs, Token);

        var claimed = (await ClaimAsync(500)).Jobs.Concat((await ClaimAsync(500)).Jobs).Select(job => job.Job.Id);

        Assert.Equal(specs.Select((spec, i) => (spec, i)).OrderByDescending(item => item.spec.Priority).ThenBy(item => item.spec.RunAt).ThenBy(item => item.i).Select(item => item.spec.Id), claimed);
    }

    [Fact]
    public async Task A_job_is_not_claimed_before_its_time_and_the_claim_says_when_to_come_again()
    {
        await SubmitAsync(Spec() with { RunAt = Now.AddSeconds(30), Priority = 3 });
        await SubmitAsync(Spec() with { RunAt = Now.AddSeconds(20), Source = "s" });

        var early = await ClaimAsync();
        Time.Advance(TimeSpan.FromSeconds(20));
        var due = await ClaimAsync();

        Assert.Empty(early.Jobs);
        Assert.Equal(Now, early.NextDueAt);
        Assert.Single(due.Jobs);
        Assert.Equal(Now.AddSeconds(10), due.NextDueAt);
    }

    [Fact]
    public async Task Nothing_waiting_means_no_next_time_and_no_more()
    {
        var claimed = await ClaimAsync();

        Assert.Null(claimed.NextDueAt);
        Assert.False(claimed.More);
    }

    [Fact]
    public async Task A_claim_says_whether_due_work_with_room_is_left()
    {
        await SubmitAsync();
        await SubmitAsync();

        Assert.True((await ClaimAsync(1)).More);
        Assert.False((await ClaimAsync(1)).More);
    }

    [Fact]
    public async Task A_full_source_leaves_nothing_to_come_again_for_at_once()
    {
        for (var i = 0; i < 3; i++) await SubmitAsync(Spec() with { Source = "s" });

        var claimed = await ClaimAsync(Request() with { SourceLimitDefault = 2 });

        Assert.Equal(2, claimed.Jobs.Count);
        Assert.False(claimed.More);
    }

    [Fact]
    public async Task Projects_share_the_slots_evenly_however_much_each_has_waiting()
    {
        for (var i = 0; i < 20; i++) await SubmitAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++) await SubmitAsync(Spec() with { Project = "q" });

        var claimed = await ClaimAsync(6);

        Assert.Equal(3, claimed.Jobs.Count(job => job.Job.Spec.Project == "q"));
    }

    [Fact]
    public async Task Twice_the_weight_holds_twice_the_slots()
    {
        for (var i = 0; i < 9; i++) await SubmitAsync();
        for (var i = 0; i < 9; i++) await SubmitAsync(Spec() with { Project = "q" });

        var claimed = await ClaimAsync(Request(9) with { Weights = new Dictionary<string, double> { ["q"] = 2 } });

        Assert.Equal(6, claimed.Jobs.Count(job => job.Job.Spec.Project == "q"));
    }

    [Fact]
    public async Task The_last_slot_of_a_shared_source_goes_to_a_project_that_holds_none()
    {
        for (var i = 0; i < 3; i++) await SubmitAsync(Spec() with { Source = "s" });
        var request = Request() with { Limits = new Dictionary<string, int> { ["source:s"] = 2 }, SharedSources = new HashSet<string> { "s" } };
        await ClaimAsync(request with { Max = 1 });
        var other = await SubmitAsync(Spec() with { Project = "q", Source = "s", Priority = 0 });

        var claimed = await ClaimAsync(request);

        Assert.Equal(other.Id, Assert.Single(claimed.Jobs).Job.Id);
    }

    [Theory]
    [InlineData("project:p")]
    [InlineData("tool:t")]
    [InlineData("source:p/s")]
    [InlineData("key:p/tenant")]
    public async Task No_more_jobs_run_under_a_limit_key_than_it_allows(string key)
    {
        for (var i = 0; i < 5; i++) await SubmitAsync(Spec() with { Source = "s", LimitKey = "tenant" });
        var request = Request() with { Limits = new Dictionary<string, int> { [key] = 2 } };

        var first = await ClaimAsync(request);
        var none = await ClaimAsync(request);
        await FinishAsync(first.Jobs[0].Fence, Succeeded(first.Jobs[0].Fence));
        var freed = await ClaimAsync(request);

        Assert.Equal((2, 0, 1), (first.Jobs.Count, none.Jobs.Count, freed.Jobs.Count));
    }

    [Fact]
    public async Task Slots_that_ended_work_still_holds_count()
    {
        for (var i = 0; i < 3; i++) await SubmitAsync(Spec() with { Source = "s" });

        var claimed = await ClaimAsync(Request() with { SourceLimitDefault = 2, LostSlots = new Dictionary<string, int> { ["source:p/s"] = 1 } });

        Assert.Single(claimed.Jobs);
    }

    [Fact]
    public async Task A_node_takes_no_more_of_a_tool_than_it_has_room_for()
    {
        for (var i = 0; i < 3; i++) await SubmitAsync();
        await SubmitAsync(Spec() with { Tool = "other" });

        var claimed = await ClaimAsync(Request() with { ToolRoom = new Dictionary<string, int> { ["t"] = 1 } });

        Assert.Equal(["other", "t"], claimed.Jobs.Select(job => job.Job.Spec.Tool).Order());
    }

    [Fact]
    public async Task Jobs_of_tools_that_the_node_does_not_know_wait_for_another()
    {
        await SubmitAsync();
        var known = await SubmitAsync(Spec() with { Tool = "known" });

        var claimed = await ClaimAsync(Request() with { Tools = new HashSet<string> { "known" } });

        Assert.Equal(known.Id, Assert.Single(claimed.Jobs).Job.Id);
        Assert.False(claimed.More);
    }

    [Fact]
    public async Task A_claim_for_one_project_leaves_the_jobs_of_others()
    {
        await SubmitAsync(Spec() with { Project = "q" });
        await SubmitAsync(Spec() with { Project = "q", RunAt = Now.AddSeconds(5) });
        var own = await SubmitAsync();

        var claimed = await ClaimAsync(Request() with { Project = "p" });

        Assert.Equal(own.Id, Assert.Single(claimed.Jobs).Job.Id);
        Assert.Equal((null, false), (claimed.NextDueAt, claimed.More));
        Assert.Equal("q", Assert.Single((await ClaimAsync()).Jobs).Job.Spec.Project);
    }

    [Fact]
    public async Task With_more_lanes_than_one_claim_looks_into_every_job_has_its_turn()
    {
        var specs = Enumerable.Range(0, 300).Select(i => Spec() with { LimitKey = $"tenant-{i}" }).ToList();
        await Store.Jobs.SubmitAsync(specs, Token);
        HashSet<JobId> seen = [];

        for (var claims = 0; seen.Count < 300; claims++)
        {
            Assert.True(claims < 40, $"After {claims} claims only {seen.Count} jobs were taken.");
            seen.UnionWith((await ClaimAsync(10)).Jobs.Select(job => job.Job.Id));
        }

        Assert.False((await ClaimAsync()).More);
    }

    [Fact]
    public async Task A_crowd_of_one_project_does_not_keep_another_waiting()
    {
        for (var i = 0; i < 10; i++) await Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 1_000).Select(_ => Spec() with { Source = "s" })], Token);
        await ClaimAsync(Request(8) with { SourceLimitDefault = 8 });
        var other = await SubmitAsync(Spec() with { Project = "q", Source = "s" });

        var claimed = await ClaimAsync(Request(1) with { SourceLimitDefault = 8 });

        Assert.Equal(other.Id, Assert.Single(claimed.Jobs).Job.Id);
    }

    [Fact]
    public async Task Racing_claims_take_each_job_once()
    {
        await Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 200).Select(_ => Spec())], Token);

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => ClaimAsync(20))));

        var claimed = claims.SelectMany(claim => claim.Jobs).Select(job => job.Job.Id).ToList();
        Assert.Equal(200, claimed.Count);
        Assert.Equal(200, claimed.Distinct().Count());
    }

    [Fact]
    public async Task A_node_whose_epoch_has_ended_claims_nothing()
    {
        await SubmitAsync();
        await Store.Nodes.DeclareDeadAsync(Node, Token);

        Assert.IsType<ClaimResult.NodeIsDead>(await Store.Jobs.ClaimAsync(Request(), Token));
        Assert.IsType<ClaimResult.NodeIsDead>(await Store.Jobs.ClaimAsync(Request() with { Node = new("nobody", 1) }, Token));
    }

    [Fact]
    public async Task The_next_attempt_gets_the_checkpoint_of_the_one_before()
    {
        var first = await StartAsync();
        Assert.Equal(WriteResult.Applied, await Store.Jobs.SaveCheckpointAsync(first, """{"at":1}""", Token));
        Assert.Equal(WriteResult.Applied, await Store.Jobs.SaveCheckpointAsync(first, """{"at":2}""", Token));
        await FinishAsync(first, new AttemptOutcome.HandBack());

        var second = Assert.Single((await ClaimAsync()).Jobs);

        Assert.Equal("""{"at":2}""", second.Checkpoint);
        Assert.Equal("""{"at":2}""", await Store.Reader.GetCheckpointAsync(first.Job, Token));
    }

    [Fact]
    public async Task A_checkpoint_goes_with_the_ending()
    {
        var fence = await StartAsync();
        await Store.Jobs.SaveCheckpointAsync(fence, "{}", Token);

        await FinishAsync(fence, Succeeded(fence));

        Assert.Null(await Store.Reader.GetCheckpointAsync(fence.Job, Token));
    }

    [Fact]
    public async Task Progress_is_kept_and_never_falls_within_an_attempt()
    {
        var fence = await StartAsync();
        var counters = new Dictionary<string, long> { ["rows"] = 10 };
        await ReportAsync(fence, new JobProgress { Number = 2, Fraction = 0.5, Message = "half", Phase = JobPhase.Executing, Counters = counters, LogBytes = 7 });

        Assert.Equal(WriteResult.Applied, await ReportAsync(fence, new JobProgress { Number = 1, Fraction = 0.9, Message = "late" }));
        Assert.Equal("half", (await GetAsync(fence.Job)).Progress!.Message);
        Assert.Equal(WriteResult.Applied, await ReportAsync(fence, new JobProgress { Number = 3, Fraction = 0.25, Message = "back", Counters = counters }));
        Assert.Equal(WriteResult.Applied, await ReportAsync(fence, new JobProgress { Number = 4, Fraction = null, Message = "lost count", Counters = counters }));

        Assert.Equal(Texts.Of(new JobProgress { Number = 4, Fraction = 0.5, Message = "lost count", Counters = counters }), Texts.Of((await GetAsync(fence.Job)).Progress));
    }

    [Fact]
    public async Task A_new_attempt_begins_without_progress()
    {
        var first = await StartAsync();
        await ReportAsync(first, new JobProgress { Number = 5, Fraction = 0.9 });
        await FinishAsync(first, new AttemptOutcome.HandBack());

        var second = await ClaimOneAsync();

        Assert.Null((await GetAsync(first.Job)).Progress);
        await ReportAsync(second, new JobProgress { Number = 1, Fraction = 0.1 });
        Assert.Equal(0.1, (await GetAsync(first.Job)).Progress!.Fraction);
    }

    [Fact]
    public async Task Progress_of_an_ended_attempt_is_refused()
    {
        var fence = await StartAsync();
        await FinishAsync(fence, Succeeded(fence));

        Assert.Equal(WriteResult.AlreadyEnded, await ReportAsync(fence, new JobProgress { Number = 1 }));
        Assert.Equal(WriteResult.AlreadyEnded, await Store.Jobs.SaveCheckpointAsync(fence, "{}", Token));
    }

    private async Task<WriteResult> ReportAsync(AttemptFence fence, JobProgress progress) => (await Store.Jobs.SaveProgressAsync([new ProgressReport(fence, progress, false)], Token))[0];
}
