using Meanwhile.Testing.Results;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class ValueTests : SourceTestBase
{
    [Fact]
    public async Task Integers_keep_all_64_bits() =>
        Assert.Equal([long.MinValue, long.MaxValue, 0L, -1L], await RowAsync("select -9223372036854775808, 9223372036854775807, 0, -1"));

    [Fact]
    public async Task Doubles_keep_every_bit()
    {
        var row = await RowAsync("select ?, ?, ?, ?, 9e999, -9e999", "[-0.0, 1e308, 4.9e-324, 0.1]");

        Assert.Equal(
            new[] { -0.0, 1e308, double.Epsilon, 0.1, double.PositiveInfinity, double.NegativeInfinity }.Select(BitConverter.DoubleToInt64Bits),
            row.Select(cell => BitConverter.DoubleToInt64Bits(Assert.IsType<double>(cell))));
    }

    [Fact]
    public async Task Text_with_NUL_comes_whole() => Assert.Equal(["a\0b"], await RowAsync("select 'a' || char(0) || 'b'"));

    [Fact]
    public async Task Ill_formed_text_comes_as_its_bytes() => Assert.Equal([new IllFormedText("61FFC3")], await RowAsync("select cast(x'61FFC3' as text)"));

    [Fact]
    public async Task The_empty_text_the_empty_blob_and_NULL_are_three_things()
    {
        var row = await RowAsync("select '', x'', null, zeroblob(0)");

        Assert.Equal("", row[0]);
        Assert.Equal([], Assert.IsType<byte[]>(row[1]));
        Assert.Null(row[2]);
        Assert.Equal([], Assert.IsType<byte[]>(row[3]));
    }

    [Fact]
    public async Task Blobs_come_as_bytes() => Assert.Equal([0x00, 0xFF, 0x80], Assert.IsType<byte[]>((await RowAsync("select x'00FF80'"))[0]));

    [Fact]
    public async Task Each_value_has_its_own_type_whatever_its_column_declares()
    {
        var results = await ResultsAsync("create table t (n integer, s varchar(10)); insert into t values (1, 2), ('x', x'01'), (2.5, null); select n, s from t", readOnly: false);

        var select = results[^1];
        Assert.Equal(["INTEGER", "varchar(10)"], select.Columns.Select(column => column.Type));
        Assert.Equal([1L, "x", 2.5], select.Rows.Select(row => row[0]));
        Assert.Equal("2", select.Rows[0][1]);
        Assert.Equal([1], Assert.IsType<byte[]>(select.Rows[1][1]));
        Assert.Null(select.Rows[2][1]);
    }

    [Fact]
    public async Task Columns_have_names_that_may_repeat_and_no_type_where_none_is_declared()
    {
        var columns = (await ResultsAsync("select 1 as a, 2 as a, 3 as \"\""))[0].Columns;

        Assert.Equal(["a", "a", ""], columns.Select(column => column.Name));
        Assert.All(columns, column => Assert.Null(column.Type));
    }

    [Fact]
    public async Task Text_of_a_UTF_16_database_comes_as_UTF_8()
    {
        using (var connection = Meanwhile.Sqlite.Interop.Connection.Open(Path.Combine(Fixture.Root, "a.db"), 2 | 4)) connection.Execute("pragma encoding = 'UTF-16'; create table t (s text); insert into t values ('né日😀')");

        Assert.Equal(["né日😀"], await RowAsync("select s from t"));
    }
}
