namespace Meanwhile.Blobs;

public sealed class FreeSpaceTests
{
    private readonly Clock _clock = new();
    private long _free = 1L << 30;
    private int _measured;

    [Fact]
    public void It_is_measured_at_most_once_a_second()
    {
        var space = Space();

        for (var i = 0; i < 10; i++) space.Take(1);
        Assert.Equal(1, _measured);

        _clock.Now += FreeSpace.MeasuredAgeMax;
        space.Take(1);
        Assert.Equal(2, _measured);
    }

    [Fact]
    public void It_is_measured_again_once_much_was_written()
    {
        var space = Space();

        space.Take(FreeSpace.GivenBytesMax);
        space.Take(1);

        Assert.Equal(2, _measured);
    }

    [Fact]
    public void What_was_given_counts_before_it_is_measured_again()
    {
        _free = 100;
        var space = Space();
        space.Take(60);

        Assert.Equal(40, space.Available);
        Assert.Throws<BlobStoreFullException>(() => space.Take(41));
        space.Take(40);
        Assert.Equal(0, space.Available);
    }

    [Fact]
    public void Space_that_came_free_is_seen_after_a_second()
    {
        _free = 0;
        var space = Space();
        Assert.Throws<BlobStoreFullException>(() => space.Take(1));

        _free = 10;
        _clock.Now += FreeSpace.MeasuredAgeMax;
        space.Take(10);
    }

    [Theory]
    [InlineData(28, true)]
    [InlineData(122, true)]
    [InlineData(27, true)]
    [InlineData(5, false)]
    public void Failures_about_space_are_told_from_others(int code, bool isFull) =>
        Assert.Equal(isFull, DiskFullErrors.From(new IOException("x", code)) is not null);

    [Fact]
    public void A_file_too_large_for_its_file_system_is_about_space() =>
        Assert.NotNull(DiskFullErrors.From(new ArgumentOutOfRangeException("value")));

    private FreeSpace Space() => new(() =>
    {
        _measured++;
        return _free;
    }, minFreeBytes: 0, _clock);

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
