using Meanwhile.Server.Security;

namespace Meanwhile.Server.Tests.Security;

public sealed class TokenBucketTests
{
    private static readonly Rate TenASecond = new(10, 5);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void As_many_as_the_burst_come_at_once_and_then_one_each_tenth_of_a_second()
    {
        var bucket = new TokenBucket(At(0));

        var first = Enumerable.Range(0, 5).Select(_ => bucket.Take(TenASecond, At(0))).ToList();
        var refused = bucket.Take(TenASecond, At(0));
        var early = bucket.Take(TenASecond, At(0.09));
        var next = bucket.Take(TenASecond, At(0.1));

        Assert.All(first, taken => Assert.True(taken.IsTaken));
        Assert.Equal([4L, 3, 2, 1, 0], first.Select(taken => taken.Left));
        Assert.Equal((false, 0L, At(0.1), At(0.5)), (refused.IsTaken, refused.Left, refused.FreeIn, refused.FullIn));
        Assert.False(early.IsTaken);
        Assert.Equal(0.01, early.FreeIn.TotalSeconds, 6);
        Assert.True(next.IsTaken);
    }

    [Fact]
    public void After_a_pause_it_holds_the_burst_and_no_more()
    {
        var bucket = new TokenBucket(At(0));
        for (var i = 0; i < 5; i++) bucket.Take(TenASecond, At(0));

        Assert.False(bucket.IsFull(TenASecond, At(0.4)));
        Assert.True(bucket.IsFull(TenASecond, At(100)));
        Assert.Equal(5, Enumerable.Range(0, 10).Count(_ => bucket.Take(TenASecond, At(100)).IsTaken));
    }

    [Fact]
    public void A_refusal_costs_nothing()
    {
        var bucket = new TokenBucket(At(0));
        for (var i = 0; i < 100; i++) bucket.Take(TenASecond, At(0));

        Assert.True(bucket.Take(TenASecond, At(0.1)).IsTaken);
    }

    [Fact]
    public void A_lower_rate_holds_from_the_next_on()
    {
        var bucket = new TokenBucket(At(0));
        Assert.Equal(2, Enumerable.Range(0, 2).Count(_ => bucket.Take(TenASecond, At(0)).IsTaken));

        var refused = bucket.Take(new Rate(1, 2), At(0)); // the same on five nodes

        Assert.False(refused.IsTaken);
        Assert.Equal(At(1), refused.FreeIn);
    }

    [Fact]
    public async Task Many_at_once_take_no_more_than_there_are()
    {
        var bucket = new TokenBucket(At(0));

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 1_000).Count(_ => bucket.Take(new Rate(1, 500), At(0)).IsTaken))));

        Assert.Equal(500, taken.Sum());
    }

    [Fact]
    public void Buckets_of_many_owners_are_bounded_and_each_has_its_own()
    {
        var buckets = new Buckets(new Testing.Time.ManualTimeProvider());
        var one = new Rate(1, 1);

        Assert.True(buckets.Take("a", one).IsTaken);
        Assert.False(buckets.Take("a", one).IsTaken);
        for (var i = 0; i < 50_000; i++) Assert.True(buckets.Take($"owner{i}", one).IsTaken);
    }
}
