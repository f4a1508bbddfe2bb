using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Jobs;

namespace Meanwhile.Retries;

public sealed class BackoffTests
{
    private static readonly Arbitrary<double> Draws = Gen.Choose(0, 999_999).Select(n => n / 1_000_000d).ToArbitrary();
    private static readonly Arbitrary<int> Failures = Gen.Choose(1, 1_000).ToArbitrary();

    [Fact]
    public void A_delay_is_never_negative_and_never_exceeds_the_cap() =>
        Prop.ForAll(Failures, Draws, (failures, draw) => Backoff.Delay(failures, draw) is var delay && delay >= TimeSpan.Zero && delay <= Backoff.Cap)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void The_range_of_delays_doubles_until_the_cap() =>
        Prop.ForAll(Gen.Choose(1, 9).ToArbitrary(), failures =>
                Math.Abs(Backoff.Delay(failures + 1, 0.5).TotalSeconds - Math.Min(300, 2 * Backoff.Delay(failures, 0.5).TotalSeconds)) < 1e-6)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void More_jitter_is_never_an_earlier_retry() =>
        Prop.ForAll(Failures, Draws, Draws, (failures, a, b) => Backoff.Delay(failures, Math.Min(a, b)) <= Backoff.Delay(failures, Math.Max(a, b)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_retry_never_comes_before_the_source_asks_for_it_up_to_a_day() =>
        Prop.ForAll(Failures, Draws, Gen.Choose(0, 200_000).ToArbitrary(), (failures, draw, seconds) =>
                Backoff.Delay(failures, draw, TimeSpan.FromSeconds(seconds)) is var delay
                && delay >= TimeSpan.FromSeconds(Math.Min(seconds, 86_400)) && delay >= Backoff.Delay(failures, draw) && delay <= Backoff.RetryAfterMax)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_source_that_asks_for_ever_is_tried_again_after_a_day() =>
        Assert.Equal(Backoff.RetryAfterMax, Backoff.Delay(1, 0, TimeSpan.MaxValue));

    [Theory]
    [InlineData(ErrorKind.Transient, true)]
    [InlineData(ErrorKind.Throttled, true)]
    [InlineData(ErrorKind.Auth, false)]
    [InlineData(ErrorKind.Syntax, false)]
    [InlineData(ErrorKind.NotFound, false)]
    [InlineData(ErrorKind.Permission, false)]
    [InlineData(ErrorKind.ResourceLimit, false)]
    [InlineData(ErrorKind.Timeout, false)]
    [InlineData(ErrorKind.Canceled, false)]
    [InlineData(ErrorKind.UnknownOutcome, true)]
    [InlineData(ErrorKind.Internal, false)]
    public void The_kind_decides_about_another_attempt_of_what_may_be_repeated(ErrorKind kind, bool isRetried) =>
        Assert.Equal(isRetried, Backoff.IsRetried(JobError.Of(kind, "x"), mayRepeat: true));

    [Theory]
    [InlineData(ErrorKind.Transient)]
    [InlineData(ErrorKind.Throttled)]
    [InlineData(ErrorKind.UnknownOutcome)]
    [InlineData(ErrorKind.Internal)]
    public void What_may_have_had_its_effect_is_not_tried_again(ErrorKind kind) =>
        Assert.False(Backoff.IsRetried(JobError.Of(kind, "x") with { Retryable = true }, mayRepeat: false));

    [Fact]
    public void An_error_of_ours_is_tried_again_when_it_says_so() =>
        Assert.True(Backoff.IsRetried(JobError.Of(ErrorKind.Internal, "x") with { Retryable = true }, mayRepeat: true));
}
