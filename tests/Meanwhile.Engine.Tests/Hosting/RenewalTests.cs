using System.Collections.Concurrent;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Hosting;

/// <summary>The store turns out to have another history than the one that the engine knows.</summary>
public sealed class RenewalTests
{
    private readonly ModelStore _before = new(TimeProvider.System, Random.Shared.NextBytes);
    private readonly ModelStore _after = new(TimeProvider.System, Random.Shared.NextBytes);

    [Fact]
    public async Task The_engine_lets_go_of_what_it_runs_without_a_word_to_the_store_and_works_on_the_new_history()
    {
        // Given an engine that runs a query
        var faults = new FaultyStore(ModelStoreOpener.Ports(_before));
        var opener = new TwoHistories(faults.Ports, ModelStoreOpener.Ports(_after), refusals: 1);
        await using var engine = await TestEngine.StartAsync(opener: opener);
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);

        // When the store has another history, and can't be opened at once
        ConcurrentQueue<string> asked = [];
        faults.OnCall = asked.Enqueue;
        faults.GoAway();
        opener.End();
        await TestEngine.WithinAsync(opener.OpenedAgain);
        await ReadyAsync(engine);

        // Then the query was stopped at its source, and nothing was written about it
        Assert.Equal(0, engine.Source.RunningCount);
        Assert.DoesNotContain("FinishAsync", asked);
        Assert.Equal(JobStatus.Running, (await _before.GetAsync([job.Id], default))[0]!.State.Status);

        // And the engine knows the new history alone, and works on it
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Jobs.GetAsync(job.Id.ToString(), default))).Code);
        Assert.Equal(JobStatus.Succeeded, (await engine.RunAsync(TestEngine.Query("rows 1"))).Status);
        Assert.Contains("The store has another history", engine.Log, StringComparison.Ordinal);
        Assert.Contains("The store can't be opened yet: It is a standby.", engine.Log, StringComparison.Ordinal);
        Assert.Equal(2, opener.Closings); // the old one, and the try that failed
    }

    [Fact]
    public async Task Who_waits_for_a_job_is_answered_and_what_is_asked_meanwhile_is_told_to_come_again()
    {
        var opener = new TwoHistories(ModelStoreOpener.Ports(_before), ModelStoreOpener.Ports(_after), refusals: int.MaxValue);
        await using var engine = await TestEngine.StartAsync(opener: opener);
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        var running = await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
        var waiting = engine.Jobs.WaitAsync(job.Id.ToString(), running.ETag, TimeSpan.FromMinutes(1), default).AsTask();

        opener.End();
        await TestEngine.WithinAsync(opener.Refused);

        await TestEngine.WithinAsync(waiting);
        var refused = await TestEngine.RefusedAsync(async () => await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1"), default));
        Assert.Equal((ProblemCodes.Unavailable, true), (refused.Code, refused.RetryAfter is not null));
        Assert.Contains("The engine begins anew, because the store has another history.", engine.Host.Readiness.Reasons);
        await TestEngine.WithinAsync(engine.Host.StopAsync(default)); // also while it can't be opened
    }

    private static async Task ReadyAsync(TestEngine engine)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!engine.Host.Readiness.IsReady) await ticks.WaitForNextTickAsync(patience.Token);
    }

    /// <summary>Opens one history, then refuses for a while, then opens the other.</summary>
    private sealed class TwoHistories(StorePorts before, StorePorts after, int refusals) : IStoreOpener
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _openings;

        public int Closings { get; private set; }

        public Task OpenedAgain => _again.Task;

        public Task Refused => _refused.Task;

        public void End() => _ended.TrySetResult();

        public ValueTask<StorePorts> OpenAsync(CancellationToken cancellationToken)
        {
            if (_openings++ == 0) return new(before with { HistoryEnded = _ended.Task });
            if (_openings - 2 < refusals)
            {
                _refused.TrySetResult();
                throw new StoreUnusableException("It is a standby.");
            }

            _again.TrySetResult();
            return new(after);
        }

        public ValueTask CloseAsync()
        {
            Closings++;
            return ValueTask.CompletedTask;
        }
    }
}
