using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Jobs;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;

namespace Meanwhile.Abstractions.Tests.Jobs;

public sealed class JobIdTests
{
    private static readonly Arbitrary<Guid> Guids = ArbMap.Default.ArbFor<Guid>();

    [Fact]
    public void An_id_reads_back_from_its_bytes_and_its_text() =>
        Prop.ForAll(Guids, uuid =>
        {
            var id = new JobId(uuid);
            return JobId.FromBytes(id.ToBytes()) == id && JobId.TryParse(id.ToString(), out var read) && read == id
                && JobId.TryParse(id.ToString().ToUpperInvariant(), out var upper) && upper == id;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_order_as_their_bytes_do() =>
        Prop.ForAll(Guids, Guids, (a, b) =>
        {
            var (left, right) = (new JobId(a), new JobId(b));
            return Math.Sign(left.CompareTo(right)) == Math.Sign(left.ToBytes().AsSpan().SequenceCompareTo(right.ToBytes())) && JobId.Min <= left && left <= JobId.Max;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0198c0de00007000800000000000000a")]
    [InlineData("{0198c0de-0000-7000-8000-00000000000a}")]
    [InlineData("0198c0de-0000-7000-8000-00000000000")]
    public void Other_text_is_no_id(string? text) => Assert.False(JobId.TryParse(text, out _));

    [Fact]
    public void Ids_of_one_maker_ascend_within_a_millisecond_and_when_the_clock_stands()
    {
        var maker = new JobIdMaker(new ManualTimeProvider(), Draws.Seeded(1));
        var ids = Enumerable.Range(0, 10_000).Select(_ => maker.Next()).ToList();

        Assert.Equal(ids.Order(), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void An_id_is_a_version_7_uuid_that_opens_with_the_time()
    {
        var time = new ManualTimeProvider();

        var bytes = new JobIdMaker(time, Draws.Seeded(1)).Next().ToBytes();

        Assert.Equal(7, bytes[6] >> 4);
        Assert.Equal(2, bytes[8] >> 6);
        Assert.Equal(time.GetUtcNow().ToUnixTimeMilliseconds(), bytes.Take(6).Aggregate(0L, (value, next) => (value << 8) | next));
    }

    [Fact]
    public void The_same_clock_and_draw_make_the_same_ids() =>
        Assert.Equal(new JobIdMaker(new ManualTimeProvider(), Draws.Seeded(5)).Next(), new JobIdMaker(new ManualTimeProvider(), Draws.Seeded(5)).Next());
}
