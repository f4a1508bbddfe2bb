using Meanwhile.Jobs;
using Meanwhile.Postgres.Source;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Testing.Results;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class ParameterTests(SharedCluster shared) : SourceTestBase(shared)
{
    [Theory]
    [InlineData("select :a::int", """{"a": 5}""", 5L)]
    [InlineData("select $1::int + $2", "[5, 6]", 11L)]
    [InlineData("select :a", """{"a": "'; drop table written; --"}""", "'; drop table written; --")]
    [InlineData("select :a::bool", """{"a": true}""", true)]
    [InlineData("select :a::int", """{"a": null}""", null)]
    [InlineData("select :a::int + :a::int + :b", """{"a": 1, "b": 3}""", 5L)]
    [InlineData("select :a = any(:b)", """{"a": "x", "b": ["x", null, "y\"z"]}""", true)]
    [InlineData("select :a::int[] = array[[1,2],[3,4]]", """{"a": [[1,2],[3,4]]}""", true)]
    [InlineData("select jsonb '{\"a\": 1}' @> :a", """{"a": {"a": 1}}""", true)]
    [InlineData("select :a::jsonb -> 0", """{"a": {"$json": [7]}}""", "digits 7")]
    [InlineData("select :a::float8 = 'NaN'", """{"a": {"$float": "NaN"}}""", true)]
    [InlineData("select encode(:a, 'hex')", """{"a": {"$bytes": "AP8="}}""", "00ff")]
    [InlineData("select jsonb '{\"a\": 1}' ? 'a', ':x'", "{}", "columns")]
    [InlineData("select (array[1,2,3])[1:2] = array[1,2] /* :no */ -- :no", null, true)]
    [InlineData("select (array[1,2,3])[:lo:2] = array[1,2]", """{"lo": 1}""", true)]
    [InlineData("select $q$ :no $1 $q$ || E'\\':no' || \"a:b\" from (select 'x' as \"a:b\") t", null, " :no $1 ':nox")]
    [InlineData("select make_interval(days := :d) = interval '3 days'", """{"d": 3}""", true)]
    [InlineData("select @ :a::int", """{"a": -4}""", 4L)]
    public async Task Parameters_are_bound_where_they_stand_and_nowhere_else(string sql, string? parameters, object? expected)
    {
        var row = Assert.Single((await ResultsAsync(sql, parameters))[^1].Rows);
        if (expected is "columns") Assert.Equal([true, ":x"], row);
        else Assert.Equal(expected is "digits 7" ? new Digits("7") : expected, Assert.Single(row));
    }

    [Fact]
    public async Task Each_statement_of_a_script_takes_its_own()
    {
        var results = await ResultsAsync("select $2::int; select $1::text || $2; select 1", """["a", "7"]""");

        Assert.Equal([7L, "a7", 1L], results.Select(result => Assert.Single(Assert.Single(result.Rows))));
    }

    [Theory]
    [InlineData("select :a", null, "parameter_missing", "\"a\"")]
    [InlineData("select $1", null, "parameter_missing", "$1")]
    [InlineData("select $1", "[1, 2]", "parameter_surplus", "$2")]
    [InlineData("select 1", """{"b": 1}""", "parameter_surplus", "\"b\"")]
    [InlineData("select :a, $1", """{"a": 1}""", "parameter_missing", "$1 has no name")]
    [InlineData("select :a", "[1]", "parameter_missing", "\"a\" has a name")]
    [InlineData("select :a", """{"a": "x\u0000y"}""", "parameter_type", "U+0000")]
    [InlineData("select :a", """{"a": "\ud800"}""", "parameter_type", "ill-formed Unicode")]
    [InlineData("select :a", """{"a": {"$bytes": "%"}}""", "parameter_type", "not base64")]
    [InlineData("select :a", """{"a": {"$float": "1"}}""", "parameter_type", "unknown $float")]
    [InlineData("select :a", "5", "parameter_type", "the parameters are a number")]
    [InlineData("select 1\u0000", null, "syntax", "NUL")]
    [InlineData("-- nothing", null, "syntax", "no statement")]
    public void What_is_wrong_is_told_before_anything_runs(string sql, string? parameters, string code, string words)
    {
        var factory = new PostgresSourceFactory(new PostgresSourceOptions(), TimeProvider.System);

        var error = factory.CheckStatement(sql, Request(sql, parameters).Parameters)!;

        Assert.Equal((ErrorKind.Syntax, code), (error.Type, error.Code));
        Assert.Contains(words, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("x\0y", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select 1 +\n:a + nocolumn", """{"a": 5}""", 17)]
    [InlineData("select '\U0001F600', :a::int, :a, nocolumn", """{"a": 5}""", 26)]
    [InlineData("select 1; select '\U0001F600'; select :a::int, nocolumn", """{"a": 5}""", 39)]
    public async Task A_place_is_told_in_characters_of_the_text_as_it_was_written(string sql, string parameters, int position)
    {
        var error = await ErrorAsync(sql, parameters);

        Assert.Equal((ErrorKind.NotFound, "no_such_column", "42703", position), (error.Type, error.Code, error.SqlState, error.Position!.Value));
    }
}
