using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Cli.Problems;

namespace Meanwhile.EndToEnd.Tests.Printing;

public sealed class CaretTests
{
    [Fact]
    public void The_caret_stands_below_the_place()
    {
        Assert.Equal(["selec 1", "^"], Caret.Lines("selec 1", 1, 80));
        Assert.Equal(["select frm x", "       ^"], Caret.Lines("select frm x", 8, 80));
    }

    [Fact]
    public void Of_several_lines_the_one_at_fault_is_shown_with_its_number() =>
        Assert.Equal(["line 2:   frm airports", "          ^"], Caret.Lines("select iata\n  frm airports\nwhere 1", 15, 80));

    [Fact]
    public void One_past_the_end_means_the_end() => Assert.Equal(["select", "      ^"], Caret.Lines("select", 7, 80));

    [Fact]
    public void A_tab_takes_one_column_and_so_does_the_caret() => Assert.Equal([" selec 1", " ^"], Caret.Lines("\tselec 1", 2, 80));

    [Fact]
    public void Characters_beyond_16_bits_count_once() =>
        Assert.Equal(["select '\U0001F600\U0001F600', x", new string(' ', 15) + "^"], Caret.Lines("select '\U0001F600\U0001F600', x", 14, 80));

    [Fact]
    public void A_long_line_is_cut_around_the_place()
    {
        var lines = Caret.Lines(new string('a', 500) + "X" + new string('b', 500), 501, 60);

        Assert.True(lines[0].Length <= 60, lines[0]);
        Assert.Equal('X', lines[0][lines[1].IndexOf('^', StringComparison.Ordinal)]);
    }

    [Fact]
    public void The_caret_is_within_the_line_wherever_the_place_is() =>
        Prop.ForAll(Gen.Elements('a', ' ', '\n', '\t').ListOf().Select(chars => string.Concat(chars)).ToArbitrary(), Gen.Choose(-5, 200).ToArbitrary(), (statement, position) =>
            {
                var lines = Caret.Lines(statement, position, 40);
                return lines.Count == 2 && lines[1].EndsWith('^') && lines[1].Length <= lines[0].Length + 1 && !lines[0].Contains('\n', StringComparison.Ordinal);
            })
            .QuickCheckThrowOnFailure();
}
