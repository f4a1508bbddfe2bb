using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Workers;

namespace Meanwhile.EndToEnd.Tests.Workers;

/// <summary>The sample workers, as real processes of their own languages, against a real server.</summary>
public sealed class WorkerSampleTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly string _configuration = Path.GetTempFileName();
    private ServerProcess _server = null!;
    private MeanwhileClient _admin = null!;
    private string _workerKey = "";

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_configuration, """
            {
              "tools": [{ "name": "primes", "description": "Counts primes.", "params_schema": { "type": "object", "required": ["upto"], "properties": { "upto": { "type": "integer" }, "pace_ms": { "type": "number" } } } }],
              "defaults": { "worker_dead_seconds": 10 }
            }
            """);
        _server = await ServerProcess.StartAsync(["--config", _configuration]);
        _admin = _server.Client();
        _workerKey = (await _admin.CreateKeyAsync(new KeyRequest { Role = Role.Worker }, default)).Token;
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
        File.Delete(_configuration);
    }

    [Theory]
    [InlineData("worker.py")]
    [InlineData("worker.mjs")]
    public void A_sample_has_at_most_sixty_lines(string sample) => Assert.InRange(File.ReadAllLines(PathOf(sample)).Length, 1, 60);

    [Theory]
    [InlineData("worker.py")]
    [InlineData("worker.mjs")]
    public async Task A_worker_does_its_job_with_progress_and_log_and_leaves_when_it_is_told_to(string sample)
    {
        await using var worker = Start(sample, "w1");
        var job = await SubmitAsync(upto: 20_000, paceMs: 20);

        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);

        Assert.True(ended.Status == JobStatus.Succeeded, $"{ended.Status.Word} {worker.Error}");
        Assert.Equal("""{"primes":2262}""", (await _admin.ReadResultAsync(job.ShortId, new ResultRequest(), default)).Summary!.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal((1d, 2_262L), (ended.Record.Progress!.Fraction, ended.Record.Progress.Counters["primes"]));
        Assert.Equal("counting from 2 to 20000\n", await LogAsync(job, 1));
        Assert.Contains((await _admin.ReadEventsAsync(job.ShortId, new EventQuery(), default)).Items, item => item.Event.Data.Kind == EventKind.Progressed);
        worker.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await worker.EndAsync());
        Assert.NotNull((await _admin.ListNodesAsync(default)).Single(node => node.Node.Node == "w1@default").EndedAt);
    }

    [Theory]
    [InlineData("worker.py", "worker.mjs")]
    [InlineData("worker.mjs", "worker.py")]
    public async Task When_a_worker_is_killed_another_goes_on_from_its_checkpoint(string first, string second)
    {
        await using var killed = Start(first, "w1");
        var job = await SubmitAsync(upto: 60_000, paceMs: 100);
        await UntilAsync(job, seen => seen.Record.Progress?.Fraction >= 0.1);
        await killed.KillAsync();
        await using var rescuer = Start(second, "w2");

        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);

        Assert.True(ended.Status == JobStatus.Succeeded, $"{ended.Status.Word} {rescuer.Error}");
        Assert.Equal((2, 1), (ended.Record.State.Attempt, ended.Record.State.AttemptsCounted));
        Assert.Contains("6057", (await _admin.ReadResultAsync(job.ShortId, new ResultRequest(), default)).Summary, StringComparison.Ordinal);
        var log = await LogAsync(job, 2);
        Assert.Matches("counting from [0-9]{4,} to 60000", log);
        Assert.Equal(["w1@default", "w2@default"], (await _admin.AttemptsAsync(job.ShortId, default)).Select(attempt => attempt.Node));
    }

    [Theory]
    [InlineData("worker.py")]
    [InlineData("worker.mjs")]
    public async Task A_cancel_is_seen_by_the_worker_and_confirmed(string sample)
    {
        await using var worker = Start(sample, "w1");
        var job = await SubmitAsync(upto: 10_000_000, paceMs: 100);
        await UntilAsync(job, seen => seen.Record.Progress is { Number: > 0 });

        var asked = Stopwatch.GetTimestamp();
        await _admin.CancelAsync(job.ShortId, default);
        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);

        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(JobStatus.Canceled, ended.Status);
        Assert.NotNull(ended.Record.State.Cancel!.ConfirmedAt);
        Assert.Equal(JobStatus.Succeeded, (await UntilAsync(await SubmitAsync(upto: 100, paceMs: 0), seen => seen.Status.IsFinal)).Status); // it goes on with others
    }

    [Theory]
    [InlineData("worker.py")]
    [InlineData("worker.mjs")]
    public async Task A_worker_that_stood_still_changes_nothing_when_it_awakes_and_gives_up(string sample)
    {
        await using var stopped = Start(sample, "w1");
        var job = await SubmitAsync(upto: 40_000, paceMs: 100);
        await UntilAsync(job, seen => seen.Record.Progress is { Number: > 0 });
        await SignalAsync(stopped, "STOP");
        await using var second = Start(sample, "w2");
        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);
        using var late = new MeanwhileClient(_server.Address, _workerKey);
        var stale = await Assert.ThrowsAsync<ProblemException>(async () => await late.FinishAsync(new AttemptFence(job.Id, 1, 1), new WorkerFinish { Outcome = WorkerOutcome.Succeeded }, default));

        await SignalAsync(stopped, "CONT");

        Assert.Equal(75, await stopped.EndAsync());
        Assert.Equal((ProblemCodes.Fenced, JobStatus.Succeeded, 2), (stale.Problem.Code, ended.Status, ended.Record.State.Attempt));
        Assert.Equal(ended.Record.State.Version, (await _admin.GetAsync(job.ShortId, default)).Record.State.Version);
        Assert.Single((await _admin.ReadEventsAsync(job.ShortId, new EventQuery { Limit = 1_000 }, default)).Items, item => item.Event.Data.Kind.IsEnding);
    }

    [Fact]
    public async Task A_worker_goes_on_over_a_restart_of_the_server()
    {
        await using var worker = Start("worker.py", "w1");
        var job = await SubmitAsync(upto: 60_000, paceMs: 100);
        await UntilAsync(job, seen => seen.Record.Progress is { Number: > 0 });

        await _server.KillAsync();
        await _server.StartAgainAsync();
        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);

        Assert.True(ended.Status == JobStatus.Succeeded, worker.Error);
        Assert.Equal(1, ended.Record.State.Attempt);
    }

    private static string PathOf(string sample) => Path.Combine(Tree.PathOf("samples"), "workers", sample);

    private Executable Start(string sample, string name) => Executable.Start(
        sample.EndsWith(".py", StringComparison.Ordinal) ? "python3" : "node",
        [PathOf(sample)],
        new Dictionary<string, string?> { ["MEANWHILE_URL"] = _server.Address.ToString(), ["MEANWHILE_KEY"] = _workerKey, ["WORKER_NAME"] = name });

    private static async Task SignalAsync(Executable process, string signal)
    {
        await using var kill = Executable.Start("kill", [$"-{signal}", $"{process.Id}"]);
        Assert.Equal(0, await kill.EndAsync());
    }

    private async Task<Job> SubmitAsync(int upto, int paceMs) =>
        (await _admin.SubmitAsync(new JobRequest { Tool = "primes", Params = JsonElement.Parse($$"""{"upto": {{upto}}, "pace_ms": {{paceMs}} }""") }, default)).Job;

    private async Task<string> LogAsync(Job job, int attempt)
    {
        using var reader = new StreamReader(await _admin.OpenLogAsync(job.ShortId, attempt, default));
        return await reader.ReadToEndAsync();
    }

    private async Task<Job> UntilAsync(Job job, Func<Job, bool> isSo)
    {
        await _server.UntilAsync(
            "The job is as the test needs it",
            async () =>
            {
                job = await _admin.WaitAsync(job.Id.ToString(), job.ETag, TimeSpan.FromSeconds(1), default);
                return isSo(job);
            },
            Soon);
        return job;
    }
}
