using Meanwhile.Jobs;
using Meanwhile.Sqlite.Source.Parameters;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class ParameterTests : SourceTestBase
{
    [Fact]
    public async Task Values_round_trip_in_their_types()
    {
        var row = await RowAsync(
            "select :null, :yes, :no, :least, :double, :text, :empty, :bytes, :none, :up, :down",
            """
            {"null": null, "yes": true, "no": false, "least": -9223372036854775808, "double": 1.0, "text": "a\u0000b😀", "empty": "", "bytes": {"$bytes": "AP8="},
             "none": {"$bytes": ""}, "up": {"$float": "Infinity"}, "down": {"$float": "-Infinity"}}
            """);

        Assert.Equal([null, 1L, 0L, long.MinValue, 1.0, "a\0b😀", ""], row[..7]);
        Assert.Equal([0, 255], Assert.IsType<byte[]>(row[7]));
        Assert.Empty(Assert.IsType<byte[]>(row[8]));
        Assert.Equal([double.PositiveInfinity, double.NegativeInfinity], row[9..]);
    }

    [Fact]
    public async Task Names_are_bare_whatever_sign_stands_before_them() =>
        Assert.Equal([7L, 7L, 7L, 8L], await RowAsync("select :a, @a, $a, $b::c", """{"a": 7, "b::c": 8}"""));

    [Fact]
    public async Task Positions_follow_SQLites_numbers() => Assert.Equal([2L, 3L, 1L, 2L], await RowAsync("select ?2, ?, ?1, ?2", "[1, 2, 3]"));

    [Fact]
    public async Task Each_statement_of_a_script_takes_the_parameters_that_it_names()
    {
        var results = await ResultsAsync("select :a; select 'no :c here' -- nor :d\n; select :b, :a /* :e */", """{"a": 1, "b": 2}""");

        Assert.Equal([1L], results[0].Rows[0]);
        Assert.Equal([2L, 1L], results[2].Rows[0]);
    }

    [Theory]
    [InlineData("select :a, :b", """{"a": 1}""", "parameter_missing", "\"b\"")]
    [InlineData("select :a", null, "parameter_missing", "\"a\"")]
    [InlineData("select ?, ?", "[1]", "parameter_missing", "2")]
    [InlineData("select ?", """{"a": 1}""", "parameter_missing", "?")]
    [InlineData("select 1; select :later", "{}", "parameter_missing", "\"later\"")]
    [InlineData("select :a", """{"a": 1, "z": 2}""", "parameter_surplus", "\"z\"")]
    [InlineData("select ?", "[1, 2]", "parameter_surplus", "2")]
    [InlineData("select 1", "[1]", "parameter_surplus", "1")]
    [InlineData("select :a", """{"a": 1, "a": 2}""", "parameter_surplus", "\"a\"")]
    [InlineData("select :a", """{"a": [1]}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": {"b": 1}}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": {}}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": 9223372036854775808}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": 1e400}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": {"$float": "NaN"}}""", "parameter_type", "NaN")]
    [InlineData("select :a", """{"a": {"$float": 1}}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": {"$bytes": "?"}}""", "parameter_type", "\"a\"")]
    [InlineData("select :a", """{"a": "\ud800"}""", "parameter_type", "\"a\"")]
    [InlineData("select ?", """["\udc00x"]""", "parameter_type", "1")]
    [InlineData("select 1", "3", "parameter_type", "object")]
    public async Task Wrong_parameters_are_syntax_errors_that_name_them(string sql, string? parameters, string code, string named)
    {
        var error = await ErrorAsync(sql, parameters);

        Assert.Equal((ErrorKind.Syntax, code), (error.Type, error.Code));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_has_run_when_a_parameter_of_a_later_statement_is_wrong()
    {
        await ErrorAsync("create table made (x); insert into made values (:a)", "{}", readOnly: false);

        Assert.Equal([0L], await RowAsync("select count(*) from sqlite_schema"));
    }

    [Theory]
    [InlineData("select ':a', \":b\", [:c], `:d`, 'it''s :e'", "", 0)]
    [InlineData("select x$y, 1e5, a:b", "b", 1)]
    [InlineData("-- :a\nselect :b /* :c", "b", 1)]
    [InlineData("select :é, @_1, $a::b(c)", "é _1 a::b(c)", 3)]
    [InlineData("select ?5, :a; select ?", "a", 6)]
    [InlineData("select :a, :a, @a", "a", 2)]
    [InlineData("select 'open :a", "", 0)]
    [InlineData("select :", "", 0)]
    public void Parameters_are_found_as_SQLite_finds_them(string sql, string names, int positionMax)
    {
        var scan = ParameterScan.Of(System.Text.Encoding.UTF8.GetBytes(sql));

        Assert.Equal(names, string.Join(' ', scan.Names));
        Assert.Equal(positionMax, scan.PositionMax);
    }
}
