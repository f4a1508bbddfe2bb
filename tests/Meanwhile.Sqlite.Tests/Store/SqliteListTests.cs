using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Sqlite.Tests.Store;

/// <summary>Lists over a long history: what is rare is found without walking through what is not.</summary>
public sealed class SqliteListTests : StoreConformance
{
    private const int NewerCount = JobList.RowBudget + 1_000;

    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();

    [Fact]
    public async Task What_is_rare_is_found_at_once_behind_more_ended_jobs_than_one_call_looks_at()
    {
        var failing = await StartAsync();
        await FinishAsync(failing, Failed());
        var failed = failing.Job;
        var canceled = (await SubmitAsync()).Id;
        await Store.Jobs.RequestCancelAsync([new CancelRequest(canceled, "k1")], Token);
        var late = (await SubmitAsync(Spec() with { StartDeadlineAt = Now.AddSeconds(1) })).Id;
        Time.Advance(TimeSpan.FromSeconds(2));
        await Store.Jobs.MissStartsAsync(10, Token);
        var running = (await StartAsync()).Job;
        await SucceedManyAsync();
        var waiting = (await SubmitAsync(Spec() with { Id = JobId.FromBytes(Older(failed)) })).Id;
        var scheduled = (await SubmitAsync(Spec() with { Id = JobId.FromBytes(Older(waiting)), RunAt = Now.AddHours(1) })).Id;

        Assert.Equal([failed], await WholeListAsync(JobStatus.Failed));
        Assert.Equal([canceled], await WholeListAsync(JobStatus.Canceled));
        Assert.Equal([late], await WholeListAsync(JobStatus.Timeout));
        Assert.Equal([running], await WholeListAsync(JobStatus.Running));
        Assert.Equal([waiting, scheduled], await WholeListAsync(JobStatus.Pending));
        Assert.Equal([scheduled], await WholeListAsync(new JobFilter { Project = "p", Scheduled = true }));
        Assert.Equal([running, late, canceled, failed, waiting, scheduled], await WholeListAsync(JobStatus.Pending, JobStatus.Running, JobStatus.Failed, JobStatus.Canceled, JobStatus.Timeout));
    }

    [Fact]
    public async Task Pages_of_several_statuses_follow_each_other_without_a_gap()
    {
        List<JobId> expected = [];
        for (var i = 0; i < 9; i++)
        {
            var id = (await SubmitAsync(Spec() with { RunAt = Now.AddHours(i % 3) })).Id;
            if (i % 3 == 1) await Store.Jobs.RequestCancelAsync([new CancelRequest(id, "k1")], Token);
            expected.Insert(0, id);
        }

        var filter = new JobFilter { Project = "p", Statuses = new HashSet<JobStatus> { JobStatus.Canceled, JobStatus.Pending } };
        List<JobId> seen = [];
        JobId? before = null;
        do
        {
            var page = await Store.Reader.ListAsync(filter, before, 2, Token);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            before = page.ScannedUntil;
        }
        while (before is not null);

        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task More_waiting_jobs_than_are_worth_sorting_are_listed_all_the_same()
    {
        for (var i = 0; i < NewerCount; i += 1_000) await Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 1_000).Select(_ => Spec())], Token);
        var newest = (await SubmitAsync()).Id;

        var page = await Store.Reader.ListAsync(new JobFilter { Project = "p", Statuses = new HashSet<JobStatus> { JobStatus.Pending } }, null, 3, Token);

        Assert.Equal(3, page.Jobs.Count);
        Assert.Equal(newest, page.Jobs[0].Id);
        Assert.NotNull(page.ScannedUntil);
    }

    private async Task SucceedManyAsync()
    {
        for (var i = 0; i < NewerCount; i += 1_000)
        {
            await Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 1_000).Select(_ => Spec())], Token);
            var claimed = await ClaimAsync(1_000);
            Assert.Equal(1_000, claimed.Jobs.Count);
            await Store.Jobs.FinishAsync([.. claimed.Jobs.Select(job => new AttemptEnd(job.Fence, NewFinishId(), Succeeded(job.Fence)))], Token);
        }
    }

    /// <summary>The list, which must be whole after one call.</summary>
    private async Task<List<JobId>> WholeListAsync(JobFilter filter)
    {
        var page = await Store.Reader.ListAsync(filter, null, 100, Token);
        Assert.Null(page.ScannedUntil);
        return [.. page.Jobs.Select(job => job.Id)];
    }

    private Task<List<JobId>> WholeListAsync(params JobStatus[] statuses) => WholeListAsync(new JobFilter { Project = "p", Statuses = statuses.ToHashSet() });

    /// <summary>The id just below.</summary>
    private static byte[] Older(JobId id)
    {
        var bytes = new byte[JobId.ByteLength];
        id.WriteTo(bytes);
        bytes[^1]--;
        return bytes;
    }
}
