using Meanwhile.Testing.Time;

namespace Meanwhile.Diagnostics;

public sealed class AsyncSignalTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _clock = new();
    private readonly AsyncSignal _signal = new();

    [Fact]
    public async Task A_firing_is_remembered_for_the_next_wait()
    {
        _signal.Fire();

        Assert.True(await _signal.WaitAsync(Second, _clock, default));
    }

    [Fact]
    public async Task A_firing_after_a_wait_that_timed_out_is_remembered_too()
    {
        var first = _signal.WaitAsync(Second, _clock, default).AsTask();
        _clock.Advance(Second);
        Assert.False(await first);

        _signal.Fire();

        Assert.True(await _signal.WaitAsync(Second, _clock, default).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_firing_after_a_wait_that_was_cancelled_is_remembered_too()
    {
        using var stop = new CancellationTokenSource();
        var first = _signal.WaitAsync(Second, _clock, stop.Token).AsTask();
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        _signal.Fire();

        Assert.True(await _signal.WaitAsync(Second, _clock, default).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task One_firing_wakes_all_who_wait_and_one_of_them_leaving_takes_nothing_from_the_others()
    {
        var patient = _signal.WaitAsync(Second * 10, _clock, default).AsTask();
        var hasty = _signal.WaitAsync(Second, _clock, default).AsTask();
        _clock.Advance(Second);
        Assert.False(await hasty);

        _signal.Fire();

        Assert.True(await patient.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Two_firings_before_a_wait_are_one()
    {
        _signal.Fire();
        _signal.Fire();
        Assert.True(await _signal.WaitAsync(Second, _clock, default));

        var next = _signal.WaitAsync(Second, _clock, default).AsTask();
        _clock.Advance(Second);

        Assert.False(await next);
    }
}
