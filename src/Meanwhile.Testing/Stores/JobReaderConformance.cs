using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="IJobReader"/> promises.</summary>
public abstract class JobReaderConformance : StoreConformance
{
    [Fact]
    public async Task Jobs_come_in_the_order_of_the_ids_with_gaps_where_there_is_none()
    {
        var (first, second) = (await SubmitAsync(), await SubmitAsync());

        var jobs = await Store.Reader.GetAsync([second.Id, NewId(), first.Id], Token);

        Assert.Equal([second.Id, null, first.Id], jobs.Select(job => job?.Id));
    }

    [Fact]
    public async Task A_job_is_found_by_its_sequence_in_its_own_project_only()
    {
        var spec = await SubmitAsync();
        await SubmitAsync(Spec() with { Project = "q" });

        Assert.Equal(spec.Id, await Store.Reader.FindAsync("p", 1, Token));
        Assert.NotEqual(spec.Id, await Store.Reader.FindAsync("q", 1, Token));
        Assert.Null(await Store.Reader.FindAsync("p", 2, Token));
        Assert.Null(await Store.Reader.FindAsync("nowhere", 1, Token));
    }

    [Fact]
    public async Task Jobs_that_were_accepted_together_are_each_found_by_their_sequence()
    {
        JobSpec[] specs = [.. Enumerable.Range(0, 200).Select(i => Spec() with { Project = i % 3 == 0 ? "q" : "p" })];
        var accepted = await Store.Jobs.SubmitAsync(specs, Token);

        foreach (var (spec, answer) in specs.Zip(accepted)) Assert.Equal(spec.Id, await Store.Reader.FindAsync(spec.Project, Assert.IsType<Submission.Accepted>(answer).Sequence, Token));
        foreach (var none in new[] { 0, 10_000, long.MaxValue }) Assert.Null(await Store.Reader.FindAsync("p", none, Token));
    }

    [Fact]
    public async Task A_job_is_found_by_its_idempotency_key()
    {
        var spec = await SubmitAsync(Spec() with { IdempotencyKey = "k", ContentHash = new byte[32] });

        Assert.Equal(spec.Id, await Store.Reader.FindByIdempotencyKeyAsync("p", "k1", "k", Token));
        Assert.Null(await Store.Reader.FindByIdempotencyKeyAsync("p", "k2", "k", Token));
        Assert.Null(await Store.Reader.FindByIdempotencyKeyAsync("q", "k1", "k", Token));
    }

    [Fact]
    public async Task Pages_follow_each_other_newest_first_and_show_each_job_once_also_when_new_ones_come()
    {
        var ids = new List<JobId>();
        for (var i = 0; i < 7; i++) ids.Add((await SubmitAsync()).Id);
        await SubmitAsync(Spec() with { Project = "q" });
        List<JobId> seen = [];
        JobId? before = null;

        do
        {
            var page = await Store.Reader.ListAsync(new JobFilter { Project = "p" }, before, 3, Token);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            before = page.ScannedUntil;
            await SubmitAsync();
        }
        while (before is not null);

        Assert.Equal(ids.AsEnumerable().Reverse(), seen);
    }

    [Fact]
    public async Task Ids_that_were_stored_out_of_order_are_listed_in_order()
    {
        var ids = Enumerable.Range(0, 5).Select(_ => NewId()).ToList();
        foreach (var i in (int[])[3, 0, 4, 1, 2]) await SubmitAsync(Spec() with { Id = ids[i] });

        Assert.Equal(ids.AsEnumerable().Reverse(), await ListAsync(new JobFilter { Project = "p" }));
    }

    [Fact]
    public async Task Each_status_can_be_listed()
    {
        var succeeded = await SucceedAsync();
        var failed = await StartAsync();
        await FinishAsync(failed, Failed());
        var running = await StartAsync();
        var canceled = await SubmitAsync();
        await Store.Jobs.RequestCancelAsync([new CancelRequest(canceled.Id, "k1")], Token);
        var pending = await SubmitAsync();

        Assert.Equal([succeeded], await ListAsync(JobStatus.Succeeded));
        Assert.Equal([failed.Job], await ListAsync(JobStatus.Failed));
        Assert.Equal([running.Job], await ListAsync(JobStatus.Running));
        Assert.Equal([canceled.Id], await ListAsync(JobStatus.Canceled));
        Assert.Equal([pending.Id], await ListAsync(JobStatus.Pending));
        Assert.Equal([canceled.Id, failed.Job], await ListAsync(JobStatus.Failed, JobStatus.Canceled));
        Assert.Equal([pending.Id, running.Job], await ListAsync(JobStatus.Running, JobStatus.Pending));
        Assert.Empty(await ListAsync(JobStatus.Timeout));
    }

    [Fact]
    public async Task Scheduled_jobs_are_those_whose_time_has_not_come()
    {
        var now = await SubmitAsync();
        var later = await SubmitAsync(Spec() with { RunAt = Now.AddSeconds(10) });

        Assert.Equal([later.Id], await ListAsync(new JobFilter { Project = "p", Scheduled = true }));
        Assert.Equal([now.Id], await ListAsync(new JobFilter { Project = "p", Scheduled = false }));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(await ListAsync(new JobFilter { Project = "p", Scheduled = true }));
    }

    [Fact]
    public async Task Each_filter_restricts()
    {
        var trace = "0af7651916cd43dd8448eb211c80319c";
        var plain = await SubmitAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        var special = await SubmitAsync(Spec() with
        {
            Tool = "u",
            Source = "s",
            SubmittedBy = "k2",
            TraceParent = $"00-{trace}-b7ad6b7169203331-01",
            Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" },
        });
        var all = new JobFilter { Project = "p" };

        foreach (var filter in (JobFilter[])
        [
            all with { Tool = "u" },
            all with { Source = "s" },
            all with { SubmittedBy = "k2" },
            all with { TraceId = trace },
            all with { Labels = new Dictionary<string, string> { ["a"] = "1" } },
            all with { Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } },
            all with { CreatedFrom = Now },
            all with { Tool = "u", Source = "s", SubmittedBy = "k2", TraceId = trace, Labels = special.Labels, CreatedFrom = Now },
        ])
        {
            Assert.Equal([special.Id], await ListAsync(filter));
            Assert.Empty(await ListAsync(filter with { Project = "q" }));
        }

        Assert.Equal([plain.Id], await ListAsync(all with { CreatedBefore = Now }));
        Assert.Empty(await ListAsync(all with { Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "3" } }));
        Assert.Empty(await ListAsync(all with { Tool = "u", Source = "other" }));
    }

    [Fact]
    public async Task A_duration_is_from_start_to_end_and_only_ended_jobs_have_one()
    {
        var fence = await StartAsync();
        Time.Advance(TimeSpan.FromSeconds(5));
        await FinishAsync(fence, Succeeded(fence));
        await StartAsync();
        var all = new JobFilter { Project = "p" };

        Assert.Equal([fence.Job], await ListAsync(all with { DurationMin = TimeSpan.FromSeconds(5), DurationMax = TimeSpan.FromSeconds(5) }));
        Assert.Empty(await ListAsync(all with { DurationMin = TimeSpan.FromSeconds(6) }));
        Assert.Empty(await ListAsync(all with { DurationMax = TimeSpan.FromSeconds(4) }));
    }

    [Fact]
    public async Task Words_are_looked_for_in_the_statement_and_the_error_in_any_case()
    {
        var inStatement = await SubmitAsync(Spec() with { Statement = "SELECT Überfluss FROM Flights" });
        await ClaimOneAsync();
        var inError = await StartAsync(Spec() with { Statement = "select 1" });
        await FinishAsync(inError, Failed("No such table: \"FLIGHTS\""));
        await SubmitAsync(Spec() with { Params = """{"x":"flights"}""" });

        Assert.Equal([inError.Job, inStatement.Id], await ListAsync(new JobFilter { Project = "p", Words = "flights" }));
        Assert.Equal([inStatement.Id], await ListAsync(new JobFilter { Project = "p", Words = "Überfluss from" }));
        Assert.Equal([inError.Job], await ListAsync(new JobFilter { Project = "p", Words = "table: \"f" }));
        Assert.Empty(await ListAsync(new JobFilter { Project = "p", Words = "%" }));
    }

    [Fact]
    public async Task A_search_that_spends_its_row_budget_says_where_to_go_on()
    {
        var oldest = await SubmitAsync(Spec() with { Statement = "needle" });
        for (var i = 0; i < JobList.RowBudget / 1_000; i++) await Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 1_000).Select(_ => Spec() with { Statement = "hay" })], Token);
        var filter = new JobFilter { Project = "p", Words = "needle" };

        var first = await Store.Reader.ListAsync(filter, null, 10, Token);
        var second = await Store.Reader.ListAsync(filter, first.ScannedUntil, 10, Token);

        Assert.Empty(first.Jobs);
        Assert.NotNull(first.ScannedUntil);
        Assert.Equal(oldest.Id, Assert.Single(second.Jobs).Id);
        Assert.Null(second.ScannedUntil);
    }

    [Fact]
    public async Task Jobs_are_counted_by_status()
    {
        await SucceedAsync();
        await SucceedAsync();
        await StartAsync();
        await SubmitAsync();
        await SubmitAsync(Spec() with { Project = "q" });

        Assert.Equal([new StatusCount(JobStatus.Pending, 1), new StatusCount(JobStatus.Running, 1), new StatusCount(JobStatus.Succeeded, 2)], (await Store.Reader.CountAsync("p", Token)).OrderBy(count => count.Status));
        Assert.Empty(await Store.Reader.CountAsync("nowhere", Token));
    }

    [Fact]
    public async Task A_position_counts_the_due_jobs_ahead_at_the_same_source()
    {
        var first = await SubmitAsync(Spec() with { Source = "s" });
        var second = await SubmitAsync(Spec() with { Source = "s", Tool = "u", LimitKey = "x" });
        var urgent = await SubmitAsync(Spec() with { Source = "s", Priority = 1 });
        var later = await SubmitAsync(Spec() with { Source = "s", Priority = 2, RunAt = Now.AddSeconds(5) });
        var elsewhere = await SubmitAsync(Spec() with { Source = "other" });
        await SubmitAsync(Spec() with { Source = "s", Project = "q", Priority = 9 });

        Assert.Equal([1, 2, 0, null, 0, null], await Store.Reader.PositionsAsync([first.Id, second.Id, urgent.Id, later.Id, elsewhere.Id, NewId()], Token));
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([2, 3, 1, 0, 0], await Store.Reader.PositionsAsync([first.Id, second.Id, urgent.Id, later.Id, elsewhere.Id], Token));
    }

    [Fact]
    public async Task Without_a_source_the_jobs_of_the_same_tool_are_ahead()
    {
        await SubmitAsync();
        await SubmitAsync(Spec() with { Tool = "u" });
        await SubmitAsync(Spec() with { Source = "s" });
        var last = await SubmitAsync(Spec() with { LimitKey = "x" });
        var running = await SubmitAsync(Spec() with { Priority = 9 });
        Assert.Equal(running.Id, (await ClaimOneAsync()).Job);

        Assert.Equal([1, null], await Store.Reader.PositionsAsync([last.Id, running.Id], Token));
    }

    [Fact]
    public async Task A_position_is_exact_up_to_a_thousand_and_stays_there()
    {
        var specs = Enumerable.Range(0, 1_000).Select(_ => Spec()).ToList();
        await Store.Jobs.SubmitAsync(specs, Token);
        var last = new[] { await SubmitAsync(), await SubmitAsync() };

        Assert.Equal([0, 999, 1_000, 1_000], await Store.Reader.PositionsAsync([specs[0].Id, specs[999].Id, last[0].Id, last[1].Id], Token));
    }

    [Fact]
    public async Task What_a_node_runs_and_what_it_is_to_stop_can_be_read()
    {
        var (kept, wanted, late) = (await StartAsync(), await StartAsync(), await StartAsync());
        await SubmitAsync();
        await Store.Jobs.RequestCancelAsync([new CancelRequest(wanted.Job, "k1")], Token);
        await Store.Jobs.MarkOverTimeAsync([late], Token);

        Assert.Equal([kept.Job, wanted.Job, late.Job], (await Store.Reader.OwnedAsync(Node, Token)).Select(job => job.Id));
        Assert.Equal([new CancelIntent(wanted, CancelReason.Requested), new CancelIntent(late, CancelReason.Timeout)], await Store.Reader.CancelIntentsAsync(Node, Token));
        Assert.Empty(await Store.Reader.OwnedAsync(new NodeEpoch("nobody", 1), Token));
    }

    [Fact]
    public async Task Result_blobs_are_needed_while_the_attempt_lives_and_then_while_the_manifest_names_them()
    {
        var first = await StartAsync();
        var owner = Blobs(first);
        Assert.Empty(await UnneededAsync(owner));
        await FinishAsync(first, new AttemptOutcome.HandBack());
        var second = await ClaimOneAsync();
        Assert.Equal([owner], await UnneededAsync(owner, Blobs(second)));
        await FinishAsync(second, Succeeded(second));
        Assert.Equal([owner], await UnneededAsync(owner, Blobs(second)));

        Time.Advance(TimeSpan.FromHours(24));
        await Store.Jobs.RetainAsync(new RetentionRequest(TimeSpan.FromDays(90), TimeSpan.FromDays(8), 10), Token);

        Assert.Equal([owner, Blobs(second)], await UnneededAsync(owner, Blobs(second)));
    }

    [Fact]
    public async Task Blobs_of_a_failed_job_and_of_no_job_are_unneeded_and_logs_stay_until_the_job_expires()
    {
        var fence = await StartAsync();
        await FinishAsync(fence, Failed());
        var (result, log, nowhere) = (Blobs(fence), new AttemptBlobs(AttemptBlobKind.Log, fence), new AttemptBlobs(AttemptBlobKind.Log, new AttemptFence(NewId(), 1, 1)));
        Assert.Equal([result, nowhere], await UnneededAsync(result, log, nowhere));

        Time.Advance(TimeSpan.FromHours(24));
        await Store.Jobs.RetainAsync(new RetentionRequest(TimeSpan.FromDays(90), TimeSpan.FromDays(8), 10), Token);

        Assert.Equal([log], await UnneededAsync(log));
    }

    [Fact]
    public void The_short_id_key_and_the_incarnation_are_there()
    {
        Assert.Equal(ShortIds.KeyLength, Store.Reader.ShortIdKey.Length);
        Assert.NotEqual(Guid.Empty, Store.Reader.Incarnation);
    }

    private static AttemptBlobs Blobs(AttemptFence fence) => new(AttemptBlobKind.Result, fence);

    private async Task<IReadOnlyList<AttemptBlobs>> UnneededAsync(params AttemptBlobs[] blobs) => await Store.Reader.UnneededAsync(blobs, Token);

    private Task<List<JobId>> ListAsync(params JobStatus[] statuses) => ListAsync(new JobFilter { Project = "p", Statuses = statuses.ToHashSet() });

    private async Task<List<JobId>> ListAsync(JobFilter filter) => [.. (await Store.Reader.ListAsync(filter, null, 100, Token)).Jobs.Select(job => job.Id)];
}
