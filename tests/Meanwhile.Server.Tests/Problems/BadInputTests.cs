using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Meanwhile.Server.Operations;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Problems;

public sealed class BadInputTests : IAsyncLifetime
{
    private readonly ScriptedEngine _engine = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(_engine);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/v1/jobs", """{"tool":"query","sauce":"x"}""", "sauce")]
    [InlineData("/v1/jobs/batch", """{"jobs":[{"tool":"query"},{"tool":"query","sauce":1}]}""", "jobs[1].sauce")]
    [InlineData("/v1/queries", """{"sql":"select 1","source":"s","tool":"query"}""", "tool")]
    [InlineData("/v1/jobs", """{"tool":"query","priority":"high"}""", "priority")]
    [InlineData("/v1/jobs", """{"tool":"query","priority":1.5}""", "priority")]
    [InlineData("/v1/jobs", """{"tool":7}""", "tool")]
    [InlineData("/v1/jobs", """{"tool":"query","run_at":"tomorrow"}""", "run_at")]
    [InlineData("/v1/jobs", """{"tool":"query","run_at":"2026-01-01T00:00:00"}""", "run_at")]
    [InlineData("/v1/jobs", """{"tool":"query","labels":{"a":1}}""", "labels.a")]
    [InlineData("/v1/jobs", """{"source":"s"}""", "tool")]
    [InlineData("/v1/jobs", """{"tool":"query","wait_seconds":61}""", "wait_seconds")]
    [InlineData("/v1/jobs", """{"tool":"query","on_wait_timeout":"hang"}""", "on_wait_timeout")]
    [InlineData("/v1/jobs", """{"tool":"query","tool":"other"}""", "tool")]
    [InlineData("/v1/queries", """{"source":"s"}""", "sql")]
    [InlineData("/v1/jobs/batch", """{"jobs":[]}""", "jobs")]
    [InlineData("/v1/jobs/cancel", """{"job_ids":[]}""", "job_ids")]
    public async Task A_wrong_field_is_refused_by_its_name(string address, string body, string field)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, address, body);

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal([field], problem.Fields());
        Assert.Empty(_engine.Jobs.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("sql=select 1")]
    [InlineData("""{"tool":"query"} {}""")]
    [InlineData("""{"tool":"query",}""")]
    public async Task A_body_that_is_not_the_JSON_expected_is_refused(string body)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", body);

        await response.ProblemAsync(400, "invalid_json");
    }

    [Fact]
    public async Task Broken_JSON_is_refused_with_the_place_where_it_breaks()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", "{\n\"tool\": nonsense-canary}");

        var problem = await response.ProblemAsync(400, "invalid_json");
        Assert.Contains("line 2", problem.Text("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_nested_too_deeply_is_refused()
    {
        var deep = new StringBuilder("""{"tool":"query","params":{"a":""").Append('[', 40).Append(']', 40).Append("}}");
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", deep.ToString());

        var problem = await response.ProblemAsync(400, "invalid_json");
        Assert.Contains("deep", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        var body = """{"tool":"query","params":{"a":"X"}}""".Replace("X", new string('x', 4 * 1024 * 1024), StringComparison.Ordinal);
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", body);

        await response.ProblemAsync(413, "too_large");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_also_when_its_length_is_not_said()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = new StreamContent(new MemoryStream(new byte[5 * 1024 * 1024])) };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Authorization = new("Bearer", ScriptedEngine.Token);
        request.Content.Headers.ContentType = new("application/json");
        using var response = await _server.Http.SendAsync(request);

        await response.ProblemAsync(413, "too_large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Another_media_type_is_refused(string mediaType)
    {
        using var content = new StringContent("""{"tool":"query"}""");
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(mediaType);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = content };
        request.Headers.Authorization = new("Bearer", ScriptedEngine.Token);
        using var response = await _server.Http.SendAsync(request);

        await response.ProblemAsync(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("/v1/jobs?colour=red", "colour")]
    [InlineData("/v1/jobs?tool=a&tool=b", "tool")]
    [InlineData("/v1/jobs?limit=0", "limit")]
    [InlineData("/v1/jobs?limit=1001", "limit")]
    [InlineData("/v1/jobs?limit=many", "limit")]
    [InlineData("/v1/jobs?created_from=yesterday", "created_from")]
    [InlineData("/v1/jobs?duration_min=-1", "duration_min")]
    [InlineData("/v1/jobs?label=nocolon", "label")]
    [InlineData("/v1/jobs/x?wait=61", "wait")]
    [InlineData("/v1/jobs/x/result?format=xml", "format")]
    [InlineData("/v1/jobs/x/result?offset=-1", "offset")]
    [InlineData("/v1/jobs/x/result?offset=1&cursor=c", "offset")]
    [InlineData("/v1/jobs/x/result?numbers=roman", "numbers")]
    [InlineData("/v1/jobs/x/result/partitions/first", "n")]
    [InlineData("/v1/events?wait=-1", "wait")]
    public async Task A_wrong_query_parameter_is_refused_by_its_name(string address, string field)
    {
        using var response = await _server.SendAsync(HttpMethod.Get, address);

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal([field], problem.Fields());
    }

    public static TheoryData<string, string> Strict => [.. OperationTable.All.Where(operation => !operation.IgnoresInput).Select(operation => new TheoryDataRow<string, string>(operation.Method, operation.Pattern))];

    [Theory]
    [MemberData(nameof(Strict))]
    public async Task No_operation_ignores_a_query_parameter_that_it_does_not_take(string method, string address)
    {
        using var response = await _server.SendAsync(new HttpMethod(method), address + "?colour=red");

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal(["colour"], problem.Fields());
        Assert.Matches("^colour is no query parameter here; (none is accepted|known are [a-z_, ]+)[.]$", problem.Text("detail"));
        Assert.Empty(_engine.Jobs.Cancelled);
    }

    [Fact]
    public async Task An_unknown_address_is_not_found()
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/v1/nothing/here");

        await response.ProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_known_address_with_another_method_says_which_it_takes()
    {
        using var response = await _server.SendAsync(HttpMethod.Patch, "/v1/jobs");

        await response.ProblemAsync(405, "method_not_allowed");
        Assert.Equal(["GET", "HEAD", "POST"], response.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task What_is_reserved_is_refused_clearly()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs/adopt", "{}");

        await response.ProblemAsync(400, "not_supported");
    }

    [Theory]
    [InlineData("POST", "/v1/jobs/x/retry", """{"priority":5}""", "invalid_request")]
    [InlineData("POST", "/v1/jobs/x/retry", "{", "invalid_json")]
    [InlineData("POST", "/v1/jobs/x/retry", "[]", "invalid_json")]
    [InlineData("DELETE", "/v1/jobs/x", """{"reason":"late"}""", "invalid_request")]
    [InlineData("POST", "/v1/sources/x/probe", """{"deep":true}""", "invalid_request")]
    public async Task A_body_where_none_is_taken_is_not_ignored(string method, string address, string body, string code)
    {
        using var response = await _server.SendAsync(new HttpMethod(method), address, body);

        await response.ProblemAsync(400, code);
        Assert.Empty(_engine.Jobs.Cancelled);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData(null)]
    public async Task A_retry_may_have_an_empty_body(string? body)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs/x/retry", body);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task An_idempotency_key_given_twice_must_be_the_same()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query","idempotency_key":"a"}""", ScriptedEngine.Token, ("Idempotency-Key", "b"));

        Assert.Equal(["idempotency_key"], (await response.ProblemAsync(400, "invalid_request")).Fields());
    }

    [Theory]
    [InlineData("/v1/jobs/batch", """{"jobs":[{"tool":"query"}]}""", "give each job its own idempotency_key")]
    [InlineData("/v1/jobs/x/retry", null, "submit the work anew with POST /v1/jobs")]
    public async Task An_idempotency_key_is_refused_where_it_would_be_ignored(string address, string? body, string instead)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, address, body, ScriptedEngine.Token, ("Idempotency-Key", "a"));

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal(["Idempotency-Key"], problem.Fields());
        Assert.Contains(instead, problem.Text("detail"), StringComparison.Ordinal);
        Assert.Empty(_engine.Jobs.Requests);
    }

    [Theory]
    [InlineData("POST", "/v1/jobs", "gzip", 415)]
    [InlineData("POST", "/v1/jobs", "identity, br", 415)]
    [InlineData("POST", "/v1/jobs/x/retry", "gzip", 415)]
    [InlineData("POST", "/v1/jobs", "Identity", 202)]
    public async Task An_encoded_body_is_refused_by_the_name_of_its_header(string method, string address, string encoding, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address) { Content = new StringContent("""{"tool":"query"}""", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", ScriptedEngine.Token);
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var response = await _server.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 415) Assert.Contains("Content-Encoding", (await response.ProblemAsync(415, "unsupported_media_type")).Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Our_own_fault_is_told_without_what_is_inside()
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/v1/stats");

        var problem = await response.ProblemAsync(500, "internal");
        Assert.DoesNotContain("canary", problem.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("canary-in-an-exception", _server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_refuses_the_wrong_jobs_and_accepts_the_others()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs/batch", """{"jobs":[{"tool":"query"},{"params":{}},null,{"tool":"query","wait_seconds":5},{"tool":"query"}]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var items = (await response.JsonAsync()).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal([true, false, false, false, true], items.Select(item => item.TryGetProperty("job", out _)));
        Assert.Equal("tool", items[1].GetProperty("problem").Fields().Single());
        Assert.Equal("wait_seconds", items[3].GetProperty("problem").Fields().Single());
        Assert.Equal(2, _engine.Jobs.Requests.Count);
    }
}
