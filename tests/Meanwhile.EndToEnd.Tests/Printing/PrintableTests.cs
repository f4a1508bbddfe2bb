using Meanwhile.Cli.Tables;

namespace Meanwhile.EndToEnd.Tests.Printing;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain äöü 数", "plain äöü 数")]
    [InlineData("a\nb\tc\rd", "a\\nb\\tc\\rd")]
    [InlineData("\u001b[31mred\u0007", "\\u001B[31mred\\u0007")]
    [InlineData("\u009b31m", "\\u009B31m")]
    [InlineData("abc\u202Edef", "abc\\u202Edef")]
    [InlineData("line\u2028end\0", "line\\u2028end\\u0000")]
    public void Data_never_drives_the_terminal(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("数据", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("🙂", 2)]
    [InlineData("", 0)]
    public void A_width_is_what_a_terminal_takes(string text, int columns) => Assert.Equal(columns, Printable.Width(text));

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "ab…")]
    [InlineData("数据库", 4, "数…")]
    [InlineData("🙂🙂", 3, "🙂…")]
    [InlineData("abc", 1, "…")]
    public void A_text_is_cut_between_characters(string text, int widthMax, string shown) => Assert.Equal(shown, Printable.Shorten(text, widthMax));
}
