using Meanwhile.Blobs;
using Meanwhile.Jobs;

namespace Meanwhile.Execution;

public sealed class AttemptJournalTests
{
    private static readonly AttemptFence Fence = new(new JobId(new Guid("0199b2f0-1234-7abc-8def-0123456789ab")), 1, 1);
    private readonly AttemptJournal _journal = new(Fence, new AttemptLog(new ModelBlobStore(), Fence));

    [Fact]
    public void Nothing_said_is_nothing_to_store() => Assert.Null(_journal.Take(TimeSpan.Zero));

    [Fact]
    public void A_fraction_never_falls_and_stays_between_0_and_1()
    {
        _journal.Progress(0.5, "half");
        _journal.Progress(0.2, null);
        Assert.Equal((0.5, "half"), Said());
        _journal.Progress(double.NaN, null);
        _journal.Progress(7, "more than all");
        Assert.Equal((1d, "more than all"), Said());
        _journal.Progress(-3, null);
        Assert.Equal((1d, "more than all"), Said());
    }

    [Fact]
    public void What_was_not_stored_is_told_again()
    {
        _journal.Progress(0.5, null);
        var first = _journal.Take(TimeSpan.Zero)!;
        var again = _journal.Take(TimeSpan.FromSeconds(1))!;
        Assert.Equal(first.Progress.Number, again.Progress.Number);

        _journal.Stored(again, TimeSpan.FromSeconds(1));

        Assert.Null(_journal.Take(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void An_event_comes_only_at_5_points_or_5_seconds()
    {
        Assert.False(IsEvent(0.01, 0));
        Assert.False(IsEvent(0.04, 1));
        Assert.True(IsEvent(0.06, 2));
        Assert.False(IsEvent(0.10, 3));
        Assert.True(IsEvent(0.10, 7));
        Assert.False(IsEvent(0.11, 8));
    }

    [Fact]
    public void A_log_that_grew_is_told_with_a_greater_number()
    {
        _journal.Progress(0.1, null);
        var first = Take();
        _journal.Log.Append("line");
        var second = Take();

        Assert.Equal(5, second.LogBytes);
        Assert.True(second.Number > first.Number);
    }

    [Fact]
    public void Counters_and_messages_are_bounded()
    {
        for (var i = 0; i < 100; i++) _journal.Count($"c{i}", i);
        _journal.Count("c1", 1000);
        _journal.Count(new string('n', 64), 1);
        _journal.Progress(null, new string('m', 5_000));

        var progress = Take();

        Assert.Equal(32, progress.Counters.Count);
        Assert.Equal(1000, progress.Counters["c1"]);
        Assert.Equal(1_000, progress.Message!.Length);
    }

    private (double?, string?) Said() => Take() is var progress ? (progress.Fraction, progress.Message) : default;

    private bool IsEvent(double fraction, int second)
    {
        _journal.Progress(fraction, null);
        var report = _journal.Take(TimeSpan.FromSeconds(second))!;
        _journal.Stored(report, TimeSpan.FromSeconds(second));
        return report.AsEvent;
    }

    private JobProgress Take()
    {
        var report = _journal.Take(TimeSpan.Zero)!;
        _journal.Stored(report, TimeSpan.Zero);
        return report.Progress;
    }
}
