using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Queries;

namespace Meanwhile.EndToEnd.Tests.Printing;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("a=5", """{"a":5}""")]
    [InlineData("a=1e400", """{"a":1e400}""")]
    [InlineData("a=9007199254740993", """{"a":9007199254740993}""")]
    [InlineData("a=true", """{"a":true}""")]
    [InlineData("a=null", """{"a":null}""")]
    [InlineData("a=\"5\"", """{"a":"5"}""")]
    [InlineData("a=five", """{"a":"five"}""")]
    [InlineData("a=", """{"a":""}""")]
    [InlineData("a=x=y", """{"a":"x=y"}""")]
    [InlineData("a=05", """{"a":"05"}""")]
    [InlineData("a=[1,2]", """{"a":[1,2]}""")]
    public void A_value_that_is_JSON_is_taken_as_such_and_all_else_is_text(string typed, string expected) => Assert.Equal(expected, JsonText.Parameters(null, [typed])!.ToJsonString());

    [Fact]
    public void All_parameters_come_as_an_object_or_an_array()
    {
        Assert.Equal("""{"a":1}""", JsonText.Parameters("""{ "a": 1 }""", [])!.ToJsonString());
        Assert.Equal("[1,\"x\"]", JsonText.Parameters("[1, \"x\"]", [])!.ToJsonString());
        Assert.Null(JsonText.Parameters(null, []));
    }

    [Fact]
    public void What_can_not_be_meant_is_said()
    {
        Assert.Contains("not both", Assert.Throws<UsageException>(() => JsonText.Parameters("[]", ["a=1"])).Message, StringComparison.Ordinal);
        Assert.Contains("--params is not JSON", Assert.Throws<UsageException>(() => JsonText.Parameters("{", [])).Message, StringComparison.Ordinal);
        Assert.Contains("--param", Assert.Throws<UsageException>(() => JsonText.Parameters(null, ["novalue"])).Message, StringComparison.Ordinal);
        Assert.Contains("--param", Assert.Throws<UsageException>(() => JsonText.Parameters(null, ["=1"])).Message, StringComparison.Ordinal);
    }
}
