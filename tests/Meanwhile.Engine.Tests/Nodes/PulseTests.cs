using Meanwhile.Offloading;

namespace Meanwhile.Nodes;

public sealed class PulseTests
{
    [Fact]
    public async Task A_pulse_on_a_thread_of_its_own_goes_on_while_the_pool_is_blocked()
    {
        using var stop = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        using var beaten = new CountdownEvent(50);
        ThreadPool.GetMinThreads(out var workers, out _);
        var blocked = Enumerable.Range(0, workers + 200).Select(_ => Task.Run(release.Wait)).ToList();

        var pulse = new ThreadPulse().EveryAsync(
            TimeSpan.FromMilliseconds(2),
            _ =>
            {
                if (!beaten.IsSet) beaten.Signal();
                return ValueTask.CompletedTask;
            },
            stop.Token);

        Assert.True(beaten.Wait(TimeSpan.FromSeconds(5)));
        release.Set();
        await Task.WhenAll(blocked);
        await stop.CancelAsync();
        await pulse.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task What_a_round_throws_is_told_to_whoever_awaits_the_pulse() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => new ThreadPulse().EveryAsync(TimeSpan.FromMinutes(1), _ => throw new InvalidOperationException("a bug"), default));
}
