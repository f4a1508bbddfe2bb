using Meanwhile.Postgres.Store.Pacing;
using Meanwhile.Testing.Time;

namespace Meanwhile.Postgres.Tests.Store;

public sealed class DutyCycleTests
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(10, 1_000)]
    [InlineData(600, 6_000)]
    public void What_is_quick_rests_for_the_usual_time_and_what_is_slow_ten_times_as_long_as_it_took(int tookMs, int restMs)
    {
        var cycle = Took(TimeSpan.FromMilliseconds(tookMs));

        _time.Advance(TimeSpan.FromMilliseconds(restMs - 1));
        Assert.False(cycle.TryBegin());
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(cycle.TryBegin());
    }

    [Theory]
    [InlineData(10, 100)]
    [InlineData(600, 6_000)]
    public void A_reason_shortens_the_usual_time_but_not_the_rest(int tookMs, int restMs)
    {
        var cycle = Took(TimeSpan.FromMilliseconds(tookMs));

        _time.Advance(TimeSpan.FromMilliseconds(restMs - 1));
        Assert.False(cycle.TryBegin(early: true));
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(cycle.TryBegin(early: true));
    }

    [Fact]
    public void It_is_done_once_at_a_time()
    {
        var cycle = new DutyCycle(_time, Every);
        Assert.True(cycle.TryBegin());
        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(cycle.TryBegin(early: true));
    }

    private DutyCycle Took(TimeSpan time)
    {
        var cycle = new DutyCycle(_time, Every);
        Assert.True(cycle.TryBegin());
        _time.Advance(time);
        cycle.End();
        return cycle;
    }
}
