using Meanwhile.Blobs;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Testing.Time;

namespace Meanwhile.Retention;

public sealed class ExpiryTests
{
    private static readonly TimeSpan CollectEvery = TimeSpan.FromSeconds(61); // nothing else pauses for so long

    [Fact]
    public async Task An_expired_job_keeps_its_slim_row_until_it_is_forgotten_and_its_blobs_go()
    {
        var clock = new ManualTimeProvider();
        await using var engine = await TestEngine.StartAsync(builder => (builder.Options.HistoryAge, builder.Options.CollectEvery) = (TimeSpan.FromDays(2), CollectEvery), time: clock);
        var job = await engine.RunAsync(TestEngine.Query("rows 5000") with { TtlHours = 1, Labels = new Dictionary<string, string> { ["a"] = "b" } });
        Assert.NotEmpty(engine.Blobs.Keys);

        await AdvanceAsync(clock, TimeSpan.FromHours(1));
        var slim = await engine.Jobs.GetAsync(job.ShortId, default);

        Assert.Empty(engine.Blobs.Keys);
        Assert.Equal((true, JobStatus.Succeeded, 5000L, null), (slim.Record.State.Expired, slim.Status, slim.Record.State.Result!.RowCount, slim.Record.Spec.Statement));
        Assert.Empty(slim.Record.Spec.Labels);
        foreach (var refused in new[]
        {
            await TestEngine.RefusedAsync(() => engine.Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default)),
            await TestEngine.RefusedAsync(() => engine.Jobs.ExportResultAsync(job.ShortId, new ResultRequest(), ResultFormat.Csv, Stream.Null, default).AsTask()),
            await TestEngine.RefusedAsync(() => engine.Jobs.OpenPartitionAsync(job.ShortId, null, 0, default)),
            await TestEngine.RefusedAsync(() => engine.Jobs.OpenLogAsync(job.ShortId, null, default)),
            await TestEngine.RefusedAsync(() => engine.Jobs.RetryAsync(job.ShortId, default)),
        }) Assert.Equal((ProblemCodes.Gone, "succeeded"), (refused.Code, refused.Status));

        await AdvanceAsync(clock, TimeSpan.FromDays(2));
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Jobs.GetAsync(job.Id.ToString(), default))).Code);
    }

    [Fact]
    public async Task Blobs_of_a_failed_attempt_go_and_those_of_a_running_one_stay()
    {
        var clock = new ManualTimeProvider();
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.CollectEvery = CollectEvery, time: clock);
        var canceled = (await engine.Jobs.SubmitAsync(TestEngine.Query("spool 30000"), default)).Job;
        await engine.UntilAsync(canceled.Id, job => job.Status == JobStatus.Running);
        var running = (await engine.Jobs.SubmitAsync(TestEngine.Query("spool 30001"), default)).Job;
        await engine.Source.SpooledAsync("spool 30000");
        await engine.Source.SpooledAsync("spool 30001");
        await engine.Jobs.CancelAsync(canceled.ShortId, default);
        await engine.EndedAsync(canceled.Id);

        await AdvanceAsync(clock, CollectEvery);

        Assert.Contains(running.Id.ToString(), Assert.Single(engine.Blobs.Keys));
        engine.Source.ReleaseAll();
        var ended = await engine.EndedAsync(running.Id);
        Assert.Equal(30001, (await engine.Jobs.ReadResultAsync(ended.ShortId, new ResultRequest(), default)).RowCount);
    }

    [Fact]
    public async Task A_disk_that_fills_up_while_spooling_fails_the_job_with_its_reason_and_leaves_nothing_to_be_seen()
    {
        await using var engine = await TestEngine.StartAsync(blobsInUse: new FaultyBlobStore(new ModelBlobStore()) { FullFromAppend = 2 });

        var midway = await engine.RunAsync(TestEngine.Query("rows 60000"));

        Assert.Equal((JobStatus.Failed, ErrorKind.ResourceLimit, "disk_full"), (midway.Status, midway.Record.State.Error!.Type, midway.Record.State.Error.Code));
        Assert.Equal(ProblemCodes.NoResult, (await TestEngine.RefusedAsync(() => engine.Jobs.ReadResultAsync(midway.ShortId, new ResultRequest(), default))).Code);
    }

    [Fact]
    public async Task A_disk_that_is_full_or_broken_at_the_very_end_is_told_apart()
    {
        await using var full = await TestEngine.StartAsync(blobsInUse: new FaultyBlobStore(new ModelBlobStore()) { FullFromAppend = 1 });
        await using var broken = await TestEngine.StartAsync(blobsInUse: new FaultyBlobStore(new ModelBlobStore()) { FailsOnFlush = true });

        var noSpace = await full.RunAsync(TestEngine.Query("rows 500"));
        var noFlush = await broken.RunAsync(TestEngine.Query("rows 500") with { MaxAttempts = 1 });

        Assert.Equal("disk_full", noSpace.Record.State.Error!.Code);
        Assert.Equal("result_not_stored", noFlush.Record.State.Error!.Code);
    }

    /// <summary>Moves the clock on, and returns once a round of the collector that began after that has ended.</summary>
    private static async Task AdvanceAsync(ManualTimeProvider clock, TimeSpan by)
    {
        foreach (var step in new[] { by, CollectEvery })
        {
            clock.Advance(step);
            await TestEngine.WithinAsync(clock.ArmedAsync(CollectEvery));
        }
    }
}
