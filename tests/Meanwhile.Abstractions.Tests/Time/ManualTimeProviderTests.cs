using Meanwhile.Testing.Time;

namespace Meanwhile.Abstractions.Tests.Time;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Timers_fire_in_the_order_of_their_time_with_the_clock_at_that_time()
    {
        var start = _time.GetUtcNow();
        List<(string, TimeSpan)> fired = [];
        using var late = Timer("late", 3);
        using var early = Timer("early", 1);
        using var never = Timer("never", 9);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("early", TimeSpan.FromSeconds(1)), ("late", TimeSpan.FromSeconds(3))], fired);
        Assert.Equal(start.AddSeconds(5), _time.GetUtcNow());
        Assert.Equal(1, _time.TimerCount);

        ITimer Timer(string name, int seconds) => _time.CreateTimer(_ => fired.Add((name, _time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void A_periodic_timer_fires_each_period_until_it_is_disposed()
    {
        var fired = 0;
        var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(6));
        timer.Dispose();
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(3, fired);
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_is_moved()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(10), _time, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(delay.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));

        await delay;
    }

    [Fact]
    public async Task A_loop_that_pauses_is_met_between_its_rounds()
    {
        var pause = TimeSpan.FromSeconds(10);
        var met = _time.ArmedAsync(pause);
        await using var other = _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        Assert.False(met.IsCompleted);

        await using var timer = _time.CreateTimer(_ => { }, null, pause, Timeout.InfiniteTimeSpan);
        await met;
        Assert.True(_time.ArmedAsync(pause).IsCompletedSuccessfully);

        _time.Advance(pause);
        Assert.False(_time.ArmedAsync(pause).IsCompleted);
    }

    [Fact]
    public void Elapsed_time_is_measured_at_an_odd_frequency()
    {
        var from = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(TimeSpan.FromSeconds(10), _time.GetElapsedTime(from));
        Assert.NotEqual(TimeSpan.TicksPerSecond, _time.TimestampFrequency);
    }
}
