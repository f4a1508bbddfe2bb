using System.Net;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Access;

/// <summary>Formats and options of a result, over HTTP.</summary>
public sealed class ResultFormatTests(RealStack stack)
{
    private const string Script = "select 'first' as a; select 1 as n, 'x,y' as t union all select 9007199254740993, null union all select 3, ''";

    [Theory]
    [InlineData("format=ndjson", "[1,\"x,y\"]\n[9007199254740993,null]\n[3,\"\"]\n")]
    [InlineData("format=ndjson&offset=1&limit=1", "[9007199254740993,null]\n")]
    [InlineData("format=ndjson&rows=objects&limit=1", "{\"n\":1,\"t\":\"x,y\"}\n")]
    [InlineData("format=ndjson&numbers=string&offset=1", "[\"9007199254740993\",null]\n[\"3\",\"\"]\n")]
    [InlineData("format=ndjson&statement=0", "[\"first\"]\n")]
    [InlineData("format=ndjson&offset=100", "")]
    [InlineData("format=csv", "n,t\r\n1,\"x,y\"\r\n9007199254740993,\r\n3,\"\"\r\n")]
    [InlineData("format=csv&offset=2&limit=5", "n,t\r\n3,\"\"\r\n")]
    [InlineData("format=csv&statement=0", "a\r\nfirst\r\n")]
    [InlineData("format=csv&offset=100", "n,t\r\n")]
    public async Task Every_option_holds_in_every_format_over_HTTP(string query, string expected)
    {
        var id = (await stack.RunAsync(Script)).Text("job_id");
        using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?{query}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("", """[[1,"x,y"],[9007199254740993,null],[3,""]]""", null)]
    [InlineData("?offset=1&limit=1", "[[9007199254740993,null]]", "next")]
    [InlineData("?rows=objects&numbers=string&offset=1", """[{"n":"9007199254740993","t":null},{"n":"3","t":""}]""", null)]
    [InlineData("?statement=0", """[["first"]]""", null)]
    public async Task A_page_holds_what_was_asked_for(string query, string rows, string? next)
    {
        var id = (await stack.RunAsync(Script)).Text("job_id");
        using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result{query}");

        var page = await response.JsonAsync();
        Assert.Equal(rows, page.GetProperty("rows").GetRawText());
        Assert.Equal("True", page.Text("complete"));
        Assert.Equal(next is null, page.Text("next_cursor") is null);
        Assert.NotNull(page.Text("expires_at"));
    }
}
