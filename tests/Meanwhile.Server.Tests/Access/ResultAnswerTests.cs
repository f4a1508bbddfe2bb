using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Meanwhile.Hosting;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Access;

public sealed class ResultAnswerTests : IAsyncLifetime
{
    private const string ManyRows = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select i, 'row ' || i as t from n";
    private RealInstance _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true);
        var path = Path.Combine(_instance.SourceFolder, "db.db");
        await File.WriteAllBytesAsync(path, []);
        using var made = await SendAsync(HttpMethod.Post, "/v1/sources", $$"""{"name": "db", "type": "sqlite", "settings": {"path": "{{path}}"} }""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Fact]
    public async Task A_query_that_was_waited_for_answers_with_its_rows()
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select ? as a","parameters":[1],"wait_seconds":30}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var job = await response.JsonAsync();
        Assert.Equal("[[1]]", job.GetProperty("result").GetProperty("rows").GetRawText());
        Assert.Equal("""{"sql":"select ? as a","parameters":[1]}""", job.GetProperty("params").GetRawText());
    }

    [Fact]
    public async Task A_query_that_can_not_be_parsed_says_where()
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"selec 1","wait_seconds":30}""");

        var error = (await response.JsonAsync()).GetProperty("error");
        Assert.Equal("syntax", error.Text("type"));
    }

    [Fact]
    public async Task What_is_wrong_with_a_query_is_named_as_the_shorthand_names_it()
    {
        using var empty = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":""}""");
        using var parameters = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select ?","parameters":"x"}""");
        using var surrogate = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select ?","parameters":["\ud800"]}""");
        using var statement = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select '\ud800'"}""");

        Assert.Equal(["sql"], (await empty.ProblemAsync(400, "invalid_request")).Fields());
        Assert.Equal(["parameters"], (await parameters.ProblemAsync(400, "invalid_request")).Fields());
        Assert.Equal(["parameters[0]"], (await surrogate.ProblemAsync(400, "invalid_request")).Fields());
        Assert.Equal(["sql"], (await statement.ProblemAsync(400, "invalid_request")).Fields());
    }

    [Theory]
    [InlineData("?format=csv", "text/csv", "a,b\r\n9007199254740993,\r\n")]
    [InlineData("?format=ndjson&rows=objects&numbers=string", "application/x-ndjson", "{\"a\":\"9007199254740993\",\"b\":null}\n")]
    public async Task A_result_comes_in_the_format_that_was_asked_for(string query, string mediaType, string body)
    {
        var id = await RunAsync("select 9007199254740993 as a, null as b");
        using var plain = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result{query}");
        using var packed = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result{query}", null, ("Accept-Encoding", "gzip"));

        Assert.Equal(mediaType, plain.Content.Headers.ContentType!.MediaType);
        Assert.Equal(body, await plain.Content.ReadAsStringAsync());
        using var reader = new StreamReader(new GZipStream(await packed.Content.ReadAsStreamAsync(), CompressionMode.Decompress));
        Assert.Equal(body, await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task The_result_of_a_waiting_job_is_refused_with_its_status_and_when_to_ask()
    {
        using var submitted = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select 1","delay_seconds":3600}""");
        var id = (await submitted.JsonAsync()).Text("short_id");

        foreach (var query in new[] { "", "?format=csv", "?format=ndjson" })
        {
            using var response = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result{query}", null, ("Accept-Encoding", "gzip"));
            var problem = await response.ProblemAsync(409, "not_done");
            Assert.Equal("pending", problem.Text("job_status"));
            Assert.NotNull(problem.Text("poll_after_ms"));
        }
    }

    [Fact]
    public async Task A_malformed_id_is_refused_and_a_cursor_from_elsewhere_too()
    {
        using var malformed = await SendAsync(HttpMethod.Get, "/v1/jobs/no-id");
        using var cursor = await SendAsync(HttpMethod.Get, "/v1/jobs?cursor=nonsense");
        using var events = await SendAsync(HttpMethod.Get, "/v1/events?cursor=nonsense");

        await malformed.ProblemAsync(400, "invalid_request");
        await cursor.ProblemAsync(400, "invalid_cursor");
        await events.ProblemAsync(400, "invalid_cursor");
    }

    [Fact]
    public async Task A_reader_that_knows_the_job_waits_for_its_change()
    {
        using var submitted = await SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select 1","delay_seconds":3600}""");
        var id = (await submitted.JsonAsync()).Text("job_id");
        var waiting = SendAsync(HttpMethod.Get, $"/v1/jobs/{id}?wait=60", null, ("If-None-Match", submitted.Headers.ETag!.Tag));
        using var cancelled = await SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");
        using var changed = await waiting;

        Assert.Equal("canceled", (await changed.JsonAsync()).Text("status"));
    }

    private async Task<string> RunAsync(string sql)
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/queries", $$"""{"source": "db", "wait_seconds": 60, "sql": "{{JsonEncodedText.Encode(sql)}}"}""");
        var job = await response.JsonAsync();
        Assert.Equal("succeeded", job.Text("status"));
        return job.Text("job_id")!;
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? json = null, params ReadOnlySpan<(string, string)> headers) =>
        _instance.Server.SendAsync(method, address, json, _instance.AdminToken, headers);
}
