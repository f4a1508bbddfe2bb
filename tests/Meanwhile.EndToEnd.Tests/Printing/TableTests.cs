using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Cli.Tables;
using Meanwhile.Results;

namespace Meanwhile.EndToEnd.Tests.Printing;

public sealed class TableTests
{
    [Fact]
    public void Numbers_stand_right_and_all_else_left()
    {
        var table = new Table(["n", "t"], [[new Cell("5", IsNumber: true), new Cell("a")], [new Cell("1000", IsNumber: true), new Cell("bb")], [Cell.Null, Cell.Null]]);

        Assert.Equal(["   n  t", "----  ----", "   5  a", "1000  bb", "NULL  NULL"], table.Lines(null));
    }

    [Fact]
    public void A_column_with_one_text_among_its_numbers_stands_left()
    {
        var table = new Table(["n"], [[new Cell("5", IsNumber: true)], [new Cell("five")]]);

        Assert.Equal(["n", "----", "5", "five"], table.Lines(null));
    }

    [Fact]
    public void NULL_the_text_NULL_and_the_empty_text_look_different()
    {
        string[] shown = [Cell.Of(null).Text, Cell.Of("NULL").Text, Cell.Of("").Text];

        Assert.Equal(["NULL", "'NULL'", ""], shown);
    }

    [Fact]
    public void Where_there_is_no_terminal_nothing_is_shortened()
    {
        var table = new Table(["t"], [[new Cell(new string('x', 5_000))]]);

        Assert.Equal(new string('x', 5_000), table.Lines(null).Last());
    }

    [Fact]
    public void The_widest_columns_give_way_first()
    {
        var table = new Table(["id", "text"], [[new Cell("12345678"), new Cell(new string('x', 100))]]);

        var lines = table.Lines(40).ToList();

        Assert.Equal($"12345678  {new string('x', 29)}…", lines[^1]);
        Assert.All(lines, line => Assert.True(Printable.Width(line) <= 40, line));
    }

    [Fact]
    public void What_does_not_fit_side_by_side_stands_one_below_the_other()
    {
        var names = Enumerable.Range(1, 12).Select(i => $"column_{i}").ToList();
        var table = new Table(names, [[.. names.Select(name => new Cell($"value of {name}"))]]);

        var lines = table.Lines(40).ToList();

        Assert.Equal("-- row 1 --", lines[0]);
        Assert.Equal("column_1   value of column_1", lines[1]);
        Assert.Equal(13, lines.Count);
    }

    [Fact]
    public void No_line_is_wider_than_the_terminal()
    {
        var texts = Gen.Elements("", "a", "NULL", "1234567890", "数据库数据库数据库", "\u001b[31mred", new string('w', 200), "e\u0301e\u0301").ArrayOf(4).Select(cells => cells.Select(Cell.Of).ToList());
        Prop.ForAll(texts.ListOf().ToArbitrary(), Gen.Choose(40, 120).ToArbitrary(), (rows, width) =>
                new Table(["a", "bb", "a long header of a column", "数"], [.. rows]).Lines(width).All(line => Printable.Width(line) <= width && !line.Contains('\u001b')))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void What_JSON_can_not_say_is_shown_without_its_tag()
    {
        var page = new ResultPage
        {
            Statement = 0,
            StatementCount = 1,
            Offset = 0,
            RowCount = 1,
            ExpiresAt = DateTimeOffset.UnixEpoch,
            Columns = [new ResultColumn { Name = "a" }, new ResultColumn { Name = "b" }, new ResultColumn { Name = "c" }],
            Rows = [Encoding.UTF8.GetBytes("""[{"$float":"-Infinity"},{"$bytes":"AP8="},{"$text":"/w=="}]""")],
        };

        Assert.Equal(["-Infinity", "x'00FF'", """{"$text":"/w=="}"""], ResultTable.Of(page).Rows[0].Select(cell => cell.Text));
    }
}
