using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Cancel;

/// <summary>What a cancel and a timeout do to the real process: the system says which threads it has and what they use.</summary>
[Collection(WholeMachine.Name)]
public sealed class CancelTests : IAsyncLifetime
{
    private const string Source = "numbers";
    private const string StatementThread = "sqlite"; // each statement has a thread of its own, which bears the source's name
    private const string Long = "(select replace(hex(zeroblob(20000000)), '0', 'a') as x)"; // 40,000,000 times 'a'

    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BusyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BusyMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(1);
    private const int LooksMax = 3;
    private static readonly TimeSpan TimeoutOfJob = TimeSpan.FromSeconds(2);

    private ServerProcess _server = null!;
    private MeanwhileClient _client = null!;

    /// <summary>Statements that run for hours: one that steps, and some that sit in one call of a builtin.</summary>
    public static TheoryData<string> ForHours =>
    [
        Ask.ForHours,
        $"select instr(x, substr(x, 1, 20000000) || 'b') from {Long}",
        $"select length(replace(x, substr(x, 1, 20000000) || 'b', 'c')) from {Long}",
        $"select x like '%' || substr(x, 1, 4900) || 'b' from {Long}",
    ];

    public async ValueTask InitializeAsync()
    {
        _server = await ServerProcess.StartAsync();
        await _server.MakeSourceAsync(Source);
        _client = _server.Client();
    }

    [Theory]
    [MemberData(nameof(ForHours))]
    public async Task Within_two_seconds_of_a_cancel_the_process_no_longer_works_on_it(string sql)
    {
        var id = await StartAsync(Ask.Query(Source, sql));

        var asked = TimeProvider.System.GetTimestamp();
        await _client.CancelAsync(id, CancellationToken.None);
        await NoThreadIsLeftAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, Promise);
        await NothingIsWorkedOnAsync();
        var job = await _client.WaitUntilEndedAsync(id);
        Assert.Equal(JobStatus.Canceled, job.Status);
        var evidence = CheckEvidence(job);
        Assert.Equal(CancelReason.Requested, evidence.Reason);
        Assert.NotNull(evidence.RequestedBy);
    }

    [Theory]
    [MemberData(nameof(ForHours))]
    public async Task Within_two_seconds_of_its_timeout_the_process_no_longer_works_on_it(string sql)
    {
        var id = await StartAsync(Ask.Query(Source, sql) with { TimeoutSeconds = TimeoutOfJob.TotalSeconds });

        var job = await _client.WaitUntilEndedAsync(id);

        Assert.Equal(0, ProcessUsage.Threads(_server.Process.Id, StatementThread));
        await NothingIsWorkedOnAsync();
        Assert.Equal(JobStatus.Timeout, job.Status);
        Assert.Equal(ErrorKind.Timeout, job.Record.State.Error?.Type);
        var evidence = CheckEvidence(job);
        Assert.Equal(CancelReason.Timeout, evidence.Reason);
        Assert.InRange(evidence.ConfirmedAt!.Value - (job.Record.State.StartedAt!.Value + TimeoutOfJob), TimeSpan.Zero, Promise);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    /// <summary>Submits it and returns once it runs and its thread has been busy.</summary>
    private async Task<string> StartAsync(JobRequest request)
    {
        var before = ProcessUsage.Processor(_server.Process.Id);
        var id = (await _client.SubmitAsync(request, CancellationToken.None)).Job.Id.ToString();
        await _server.UntilAsync("The query is busy", () => Task.FromResult(
            ProcessUsage.Threads(_server.Process.Id, StatementThread) == 1 && ProcessUsage.Processor(_server.Process.Id) - before > BusyMin), BusyWithin);
        Assert.Equal(JobStatus.Running, (await _client.GetAsync(id, CancellationToken.None)).Status);
        return id;
    }

    private Task NoThreadIsLeftAsync() =>
        _server.UntilAsync("The statement's thread has ended", () => Task.FromResult(ProcessUsage.Threads(_server.Process.Id, StatementThread) == 0), BusyWithin);

    /// <summary>The process takes next to no processor time: less than a fifth of what one statement would take in each of some looks; the runtime may be compiling in one of them.</summary>
    private async Task NothingIsWorkedOnAsync()
    {
        using var watch = new PeriodicTimer(Watched);
        List<TimeSpan> worked = [];
        do
        {
            var before = ProcessUsage.Processor(_server.Process.Id);
            await watch.WaitForNextTickAsync();
            worked.Add(ProcessUsage.Processor(_server.Process.Id) - before);
        }
        while (worked[^1] > Watched / 5 && worked.Count < LooksMax);

        Assert.InRange(worked[^1], TimeSpan.Zero, Watched / 5);
    }

    private static CancelEvidence CheckEvidence(Job job)
    {
        var evidence = job.Record.State.Cancel;
        Assert.NotNull(evidence);
        Assert.Equal("sqlite3_interrupt sent", evidence.Answer);
        Assert.NotNull(evidence.ConfirmedAt);
        Assert.False(evidence.Unconfirmed);
        Assert.NotNull(evidence.SentAt);
        Assert.True(evidence.RequestedAt <= evidence.SentAt && evidence.SentAt <= evidence.ConfirmedAt);
        return evidence;
    }
}
