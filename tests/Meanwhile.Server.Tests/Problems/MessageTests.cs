using System.Text;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Problems;

public sealed class MessageTests : IAsyncLifetime
{
    private readonly ScriptedEngine _engine = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(_engine);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/v1/jobs", """{"tool":"query","priority":"5"}""", "priority is a string \"5\"; an integer from 0 to 10 is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","ttl_hours":1.5}""", "ttl_hours is a number 1.5; an integer from 1 to 168 is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","timeout_seconds":"1 h"}""", "timeout_seconds is a string \"1 h\"; a number above 0 and up to 604800 is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","idempotent":"yes"}""", "idempotent is a string \"yes\"; true or false is accepted.")]
    [InlineData("/v1/jobs", """{"tool":["query"]}""", "tool is an array; a string is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","labels":["a"]}""", "labels is an array; an object is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","labels":{"a":true}}""", "labels.a is true; a string is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","run_at":"tomorrow"}""", "run_at is a string \"tomorrow\"; a time such as 2026-01-31T12:00:00.000Z, with its offset, is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","priority":"5","tool":"x"}""", "priority is a string \"5\"; an integer from 0 to 10 is accepted; tool is given more than once.")]
    [InlineData("/v1/jobs", """{"tool":"query","wait_seconds":61}""", "wait_seconds is 61; 0 to 60 is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","on_wait_timeout":"hang"}""", "on_wait_timeout is 'hang'; continue or cancel is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"\ud800"}""", "tool holds text that is not well-formed Unicode (a lone surrogate).")]
    [InlineData("/v1/jobs", """{"tool":"query","labels":{"\ud800":"a"}}""", "labels has a field whose name is not well-formed Unicode (a lone surrogate).")]
    [InlineData("/v1/jobs", """{"tool":"query","\ud800":"a"}""", "body has a field whose name is not well-formed Unicode (a lone surrogate).")]
    [InlineData("/v1/jobs/batch", """{"jobs":[{"tool":"query"},{"tool":1}]}""", "jobs[1].tool is a number 1; a string is accepted.")]
    [InlineData("/v1/jobs/batch", """{"jobs":{}}""", "jobs is an object; an array is accepted.")]
    [InlineData("/v1/jobs/cancel", """{"job_ids":[1]}""", "job_ids[0] is a number 1; a string is accepted.")]
    [InlineData("/v1/jobs/cancel", """{"job_id":["x"]}""", "job_id is no field here; known are job_ids.")]
    [InlineData("/v1/jobs/x/retry", """{"priority":1}""", "priority is no field here; none is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{},"options":{"concurrency":"many"}}""", "options.concurrency is a string \"many\"; an integer from 1 to 1000 is accepted.")]
    [InlineData("/v1/keys", """{"own_jobs_only":1}""", "own_jobs_only is a number 1; true or false is accepted.")]
    [InlineData("/v1/projects", """{"name":"p","weight":"heavy"}""", "weight is a string \"heavy\"; a number is accepted.")]
    public async Task A_wrong_field_is_named_with_what_was_found_and_what_is_accepted(string address, string body, string detail)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, address, body);

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal(detail, problem.Text("detail"));
        Assert.Equal(detail, string.Join("; ", problem.GetProperty("errors").EnumerateArray().Select(error => $"{error.Text("field")} {error.Text("message")}")) + ".");
    }

    [Fact]
    public async Task An_unknown_field_is_told_with_the_known_ones()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/queries", """{"sql":"select 1","source":"s","params":[]}""");

        var detail = (await response.ProblemAsync(400, "invalid_request")).Text("detail");
        Assert.StartsWith("params is no field here; known are delay_seconds, ", detail, StringComparison.Ordinal);
        Assert.Contains(", parameters, ", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "Found an array; an object is expected.")]
    [InlineData("\"text\"", "Found a string; an object is expected.")]
    [InlineData("7", "Found a number; an object is expected.")]
    [InlineData("""{"tool":"query"} {}""", "The body is not well-formed JSON, at line 1, byte 18.")]
    [InlineData("""{"tool":"query" """, "The body breaks off, at line 1, byte 17.")]
    [InlineData("{", "The body breaks off, at line 1, byte 2.")]
    [InlineData("{\"tool\":\"que", "The body breaks off, at line 1, byte 13.")]
    public async Task A_body_that_is_no_object_says_what_was_found(string body, string detail)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", body);

        Assert.Equal(detail, (await response.ProblemAsync(400, "invalid_json")).Text("detail"));
    }

    [Fact]
    public async Task Ill_formed_UTF_8_is_called_by_its_name()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("{\"tool\":\""), 0xFF, .. Encoding.UTF8.GetBytes("\"}")];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = new ByteArrayContent(body) };
        request.Headers.Authorization = new("Bearer", ScriptedEngine.Token);
        request.Content.Headers.ContentType = new("application/json");
        using var response = await _server.Http.SendAsync(request);

        Assert.Equal("The body is not well-formed UTF-8.", (await response.ProblemAsync(400, "invalid_json")).Text("detail"));
    }

    [Theory]
    [InlineData("/v1/jobs?limit=0", "limit is '0'; an integer from 1 to 1000 is accepted.")]
    [InlineData("/v1/jobs?duration_min=-1", "duration_min is '-1'; a number of 0 or more is accepted.")]
    [InlineData("/v1/jobs/x/result?format=xml", "format is 'xml'; json, ndjson, csv are accepted.")]
    public async Task A_wrong_query_parameter_says_what_is_accepted(string address, string detail)
    {
        using var response = await _server.SendAsync(HttpMethod.Get, address);

        Assert.Equal(detail, (await response.ProblemAsync(400, "invalid_request")).Text("detail"));
    }

    [Fact]
    public async Task The_shorthand_names_its_own_fields_in_the_detail_too()
    {
        _engine.Jobs.OnSubmit = _ => throw new Meanwhile.Problems.ProblemException(new Meanwhile.Problems.Problem
        {
            Code = "invalid_request",
            Detail = "params.sql is empty; a statement is needed; priority is 11; 0 to 10 is accepted.",
            Errors = [new("params.sql", "is empty; a statement is needed"), new("priority", "is 11; 0 to 10 is accepted")],
        });
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/queries", """{"sql":"","source":"s","priority":11}""");

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal(["sql", "priority"], problem.Fields());
        Assert.Equal("sql is empty; a statement is needed; priority is 11; 0 to 10 is accepted.", problem.Text("detail"));
    }
}
