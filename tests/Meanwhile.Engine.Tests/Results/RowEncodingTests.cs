using System.Text;

namespace Meanwhile.Results;

public sealed class RowEncodingTests
{
    [Theory]
    [InlineData(0d, "0.0")]
    [InlineData(-0d, "-0.0")]
    [InlineData(1d, "1.0")]
    [InlineData(-42d, "-42.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1.2345678901234567e21, "1.2345678901234568E+21")]
    [InlineData(-2.2250738585072014e-308, "-2.2250738585072014E-308")]
    [InlineData(999999999999999d, "999999999999999.0")]
    [InlineData(1e300, "1E+300")]
    [InlineData(5e-324, "5E-324")]
    [InlineData(double.MaxValue, "1.7976931348623157E+308")]
    [InlineData(double.NaN, """{"$float":"NaN"}""")]
    [InlineData(double.PositiveInfinity, """{"$float":"Infinity"}""")]
    [InlineData(double.NegativeInfinity, """{"$float":"-Infinity"}""")]
    public async Task Doubles_are_told_from_integers_and_keep_every_bit(double value, string json) =>
        Assert.Equal($"[{json}]\n", await Spool.RowAsync(writer => writer.Double(value)));

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(9007199254740993)]
    [InlineData(long.MaxValue)]
    public async Task Integers_keep_every_digit(long value) => Assert.Equal($"[{value}]\n", await Spool.RowAsync(writer => writer.Int64(value)));

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain", "\"plain\"")]
    [InlineData("q\"b\\", """
        "q\"b\\"
        """)]
    [InlineData("\n\r\t\0\u001f\b", """
        "\n\r\t\u0000\u001f\u0008"
        """)]
    [InlineData("\u007f é € 😀 \u2028", "\"\u007f é € 😀 \u2028\"")]
    public async Task Text_is_escaped_where_it_must_be(string text, string json) =>
        Assert.Equal($"[{json}]\n", await Spool.RowAsync(writer => writer.Text(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public async Task Text_that_is_no_text_is_tagged()
    {
        byte[] illFormed = [(byte)'a', 0xFF, (byte)'b'];

        Assert.Equal($$"""[{"$text":"{{Convert.ToBase64String(illFormed)}}"}]""" + "\n", await Spool.RowAsync(writer => writer.Text(illFormed)));
    }

    [Fact]
    public async Task All_kinds_of_cells_stand_in_one_row()
    {
        var row = await Spool.RowAsync(writer =>
        {
            writer.Null();
            writer.Boolean(true);
            writer.Boolean(false);
            writer.Bytes([1, 2, 3]);
            writer.Bytes([]);
            writer.Number("12345678901234567890.5000"u8);
            writer.Json(" {\"a\":\r\n[1, \"x\\n\"]} "u8);
        }, columns: 7);

        Assert.Equal("""[null,true,false,{"$bytes":"AQID"},{"$bytes":""},12345678901234567890.5000,{"a":  [1, "x\n"]}]""" + "\n", row);
    }

    [Theory]
    [InlineData("01")]
    [InlineData("NaN")]
    [InlineData("\"1\"")]
    [InlineData("1,2")]
    [InlineData("")]
    public async Task A_number_that_is_none_is_refused(string digits) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Spool.RowAsync(writer => writer.Number(Encoding.UTF8.GetBytes(digits))));

    [Theory]
    [InlineData("{")]
    [InlineData("1 2")]
    [InlineData("")]
    public async Task Json_that_is_none_is_refused(string json) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Spool.RowAsync(writer => writer.Json(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public async Task A_row_has_a_cell_for_each_column()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Spool.RowAsync(writer => writer.Null(), columns: 2));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Spool.RowAsync(_ => { }));
    }

    [Fact]
    public async Task Encoding_allocates_nothing_a_row()
    {
        await using Spool spool = new(new ResultOptions { PartitionBytes = 64 << 20 });
        var writer = spool.Writer;
        writer.BeginStatement(Spool.Columns("a", "b", "c", "d"));
        Rows(20_000); // the buffer grows to its size
        writer.EndStatement(null);
        writer.BeginStatement(Spool.Columns("a", "b", "c", "d"));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Rows(1_000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100);

        void Rows(int count)
        {
            for (var row = 0; row < count; row++)
            {
                writer.Int64(row);
                writer.Double(row / 7d);
                writer.Text("say \"hé\""u8);
                writer.Bytes("bytes"u8);
                writer.EndRow();
            }
        }
    }
}
