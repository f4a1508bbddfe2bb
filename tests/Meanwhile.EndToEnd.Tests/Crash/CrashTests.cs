using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.EndToEnd.Tests.Crash;

[Collection(WholeMachine.Name)]
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Kills = 20;
    private const int KillsLong = 200;
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan CollectWithin = TimeSpan.FromSeconds(30); // it collects every 2 s
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(25); // the engine's grace is 5 s, and what does not go is left after 15 s more

    [Fact]
    public async Task Killed_again_and_again_in_the_middle_of_everything_it_loses_nothing_and_does_nothing_twice()
    {
        await using var scene = await CrashScene.SetAsync();
        HashSet<(JobId, int)> written = [];

        // When the server is killed again and again: each time later, so that the kills come at different moments
        var kills = Environment.GetEnvironmentVariable("MEANWHILE_SOAK") == "1" ? KillsLong : Kills;
        for (var kill = 1; kill <= kills; kill++)
        {
            await scene.StopUnderLoadAsync(acknowledgedMin: 20 + (kill * 7 % 30), endingsMin: 1 + (kill % 4), scene.Server.KillAsync);
            written.UnionWith(StoredFiles.Of(scene.Server));
            await scene.Server.StartAgainAsync();
            await scene.EveryAcknowledgedJobIsThereAsync();
        }

        await scene.EndAllAsync(EndWithin);

        // Then each job has ended once, with what it is to give, and nothing is left of attempts that died
        await scene.TheFeedIsWholeAsync();
        using var client = scene.Server.Client();
        var jobs = await CrashScene.AllJobsAsync(client);
        Assert.All(jobs.Select(job => job.Record.Spec.IdempotencyKey).OfType<string>().CountBy(key => key), key => Assert.Equal(1, key.Value));
        await EachEndedAsItsWorkDoesAsync(scene, client, jobs);
        await NoWriteWasRepeatedAsync(scene, client, jobs);
        await OnlyResultsAreLeftAsync(scene, jobs, written);

        var rescues = scene.Feed.Seen.Count(item => item.Event.Data.Kind == EventKind.Rescued);
        output.WriteLine($"{jobs.Count} jobs, {scene.Feed.Seen.Count} events, {rescues} rescues, {scene.Submitters.Repeated} repeated submissions");
        Assert.Contains(jobs, job => job.Record.State.Error is { Type: ErrorKind.UnknownOutcome });
        Assert.True(rescues >= kills * CrashScene.Running, "each kill leaves its running queries to be rescued");
    }

    [Fact]
    public async Task Asked_to_stop_in_the_middle_of_everything_it_hands_its_work_back_uncounted()
    {
        await using var scene = await CrashScene.SetAsync();
        var endless = scene.Submitters.Acknowledged.Keys.ToList();

        // When it is asked to stop
        var (exit, took) = (-1, TimeSpan.Zero);
        await scene.StopUnderLoadAsync(acknowledgedMin: 40, endingsMin: 5, async () =>
        {
            var begun = TimeProvider.System.GetTimestamp();
            exit = await scene.Server.TerminateAsync();
            took = TimeProvider.System.GetElapsedTime(begun);
        });

        // Then it ends well and in time; when it is started again, what ran is not held to have failed and runs again
        Assert.Equal(0, exit);
        Assert.True(took < StopWithin, $"it took {took}");
        await scene.Server.StartAgainAsync();
        await scene.EveryAcknowledgedJobIsThereAsync();
        using var client = scene.Server.Client();
        await scene.Server.UntilAsync(
            "Every endless query runs for the second time",
            async () => (await Task.WhenAll(endless.Select(id => client.GetAsync(id.ToString(), CancellationToken.None).AsTask()))).All(job => job is { Status: JobStatus.Running, Record.State: { Attempt: 2, AttemptsCounted: 0 } }),
            TimeSpan.FromSeconds(60));
        await scene.EndAllAsync(EndWithin);
        await scene.TheFeedIsWholeAsync();
        Assert.DoesNotContain(scene.Feed.Seen, item => item.Event.Data.Kind == EventKind.Rescued);
        Assert.Equal(endless.ToHashSet(), scene.Feed.Seen.Where(item => item.Event.Data.Kind == EventKind.HandedBack).Select(item => item.Event.Job).Intersect(endless).ToHashSet());
        var jobs = await CrashScene.AllJobsAsync(client);
        await EachEndedAsItsWorkDoesAsync(scene, client, jobs);
        await NoWriteWasRepeatedAsync(scene, client, jobs);
    }

    private static async Task EachEndedAsItsWorkDoesAsync(CrashScene scene, MeanwhileClient client, List<Job> jobs)
    {
        foreach (var job in jobs)
        {
            if (!scene.Submitters.Acknowledged.TryGetValue(job.Id, out var work)) continue;
            if (work.IsEndless) Assert.Equal(JobStatus.Canceled, job.Status);
            else if (job.Status == JobStatus.Failed) Assert.True(MayFail(work, job), $"{work.Kind} {job.Id}: {job.Record.State.Error}");
            else Assert.Equal(JobStatus.Succeeded, job.Status);
        }

        var succeeded = jobs.Where(job => job.Status == JobStatus.Succeeded && scene.Submitters.Acknowledged.ContainsKey(job.Id));
        await Parallel.ForEachAsync(succeeded, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (job, stop) =>
        {
            using var rows = new MemoryStream();
            await client.ExportResultAsync(job.Id.ToString(), new ResultRequest(), ResultFormat.Ndjson, rows, stop);
            scene.Submitters.Acknowledged[job.Id].CheckRows(rows.ToArray());
        });
    }

    /// <summary>Work may fail only for having been killed too often, or because nobody can tell whether it wrote.</summary>
    private static bool MayFail(Work work, Job job) => work.Kind == WorkKind.WriteOnce
        ? job.Record.State.Error is { Type: ErrorKind.UnknownOutcome }
        : job.Record.State is { Error.Code: "node_lost", AttemptsCounted: Work.MaxAttemptsDefault };

    private static async Task NoWriteWasRepeatedAsync(CrashScene scene, MeanwhileClient client, List<Job> jobs)
    {
        var counting = await client.RunAsync(Ask.Query(Work.Ledger, "select token, count(*) from writes group by token"));
        Dictionary<string, int> rows = [];
        await foreach (var row in client.ReadRowsAsync(counting.Id.ToString()))
        {
            using var cells = JsonDocument.Parse(row);
            rows.Add(cells.RootElement[0].GetString()!, cells.RootElement[1].GetInt32());
        }

        var once = rows.Where(row => row.Key.StartsWith($"{WorkKind.WriteOnce}-", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(once);
        Assert.All(once, row => Assert.Equal(1, row.Value)); // of unacknowledged jobs too
        foreach (var job in jobs.Where(job => job.Status == JobStatus.Succeeded))
        {
            if (scene.Submitters.Acknowledged.GetValueOrDefault(job.Id) is { Kind: WorkKind.WriteOnce or WorkKind.WriteAgain } work) Assert.Contains(Work.Token(work.Kind, work.Number), rows);
        }
    }

    /// <summary>The files are exactly those of the attempts that succeeded, once the collector was there.</summary>
    private static async Task OnlyResultsAreLeftAsync(CrashScene scene, List<Job> jobs, HashSet<(JobId, int)> written)
    {
        var wanted = jobs
            .Where(job => job.Status == JobStatus.Succeeded && scene.Submitters.Acknowledged.GetValueOrDefault(job.Id)?.Kind == WorkKind.Rows)
            .Select(job => (job.Id, job.Record.State.Attempt)).ToHashSet();
        await scene.Server.UntilAsync("Only the results of succeeded attempts are left", () => Task.FromResult(StoredFiles.Of(scene.Server).IsSubsetOf(Wanted(scene, jobs, wanted))), CollectWithin);
        Assert.Superset(wanted, StoredFiles.Of(scene.Server));
        Assert.NotEmpty(written.Except(StoredFiles.Of(scene.Server))); // else no attempt died in the middle of its result
    }

    /// <summary>Also of jobs whose acknowledgement was cut off.</summary>
    private static HashSet<(JobId, int)> Wanted(CrashScene scene, List<Job> jobs, HashSet<(JobId, int)> wanted) =>
        [.. wanted, .. jobs.Where(job => job.Status == JobStatus.Succeeded && !scene.Submitters.Acknowledged.ContainsKey(job.Id)).Select(job => (job.Id, job.Record.State.Attempt))];
}
