using System.Net;
using System.Text;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Jobs;

public sealed class JobAnswerTests : IAsyncLifetime
{
    private readonly ScriptedEngine _engine = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(_engine);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_accepted_job_says_where_it_is_and_when_to_ask()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query","source":"s","params":{"sql":"select 1"}}""", ScriptedEngine.Token, ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("Idempotency-Key", "once"));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var job = await response.JsonAsync();
        Assert.Equal($"/v1/jobs/{job.Text("job_id")}", response.Headers.Location!.ToString());
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.True(job.GetProperty("poll_after_ms").GetInt32() > 0);
        Assert.Equal("select 'a<b'", job.GetProperty("params").Text("sql"));
        Assert.Equal("2026-01-01T00:00:00.000Z", job.Text("created_at"));
        var request = _engine.Jobs.Requests.Single();
        Assert.Equal(("once", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), (request.IdempotencyKey, request.TraceParent));
    }

    [Fact]
    public async Task A_query_is_a_job_of_the_tool_query()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"s","sql":"select ?","parameters":[1.50]}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var request = _engine.Jobs.Requests.Single();
        Assert.Equal(("query", """{"sql":"select ?","parameters":[1.50]}"""), (request.Tool, request.Params.GetRawText()));
    }

    [Fact]
    public async Task A_job_that_ends_within_the_wait_comes_with_its_first_rows()
    {
        _engine.Jobs.OnWait = async (id, token) => Succeeded(await _engine.Jobs.GetAsync(id, token));
        _engine.Jobs.Page = Page("""[1,"a",1.50]""");
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query","wait_seconds":5}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var job = await response.JsonAsync();
        Assert.Equal("""[[1,"a",1.50]]""", job.GetProperty("result").GetProperty("rows").GetRawText());
        Assert.Equal("succeeded", job.Text("status"));
        Assert.False(job.TryGetProperty("poll_after_ms", out _));
        Assert.Null(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_job_that_does_not_end_within_the_wait_is_cancelled_when_that_was_asked_for()
    {
        using var goesOn = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query","wait_seconds":0.01}""");
        Assert.Empty(_engine.Jobs.Cancelled);
        using var cancelled = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query","wait_seconds":0.01,"on_wait_timeout":"cancel"}""");

        Assert.Equal((await cancelled.JsonAsync()).Text("job_id"), _engine.Jobs.Cancelled.Single());
    }

    [Fact]
    public async Task A_dry_run_says_what_was_found_and_makes_no_job()
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"s","sql":"select 1","dry_run":true}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("1.50", (await response.JsonAsync()).GetProperty("plan").GetProperty("cost").GetRawText());
        Assert.Empty(_engine.Jobs.Requests);
    }

    [Fact]
    public async Task A_job_that_has_not_changed_is_not_sent_again()
    {
        var job = _engine.Jobs.Add();
        using var first = await _server.SendAsync(HttpMethod.Get, $"/v1/jobs/{job.Id}");
        using var same = await _server.SendAsync(HttpMethod.Get, $"/v1/jobs/{job.Id}", null, ScriptedEngine.Token, ("If-None-Match", first.Headers.ETag!.Tag));
        _engine.Jobs.Put(job with { Record = job.Record with { Progress = new JobProgress { Number = 1, Fraction = 0.5 } } });
        using var changed = await _server.SendAsync(HttpMethod.Get, $"/v1/jobs/{job.Id}", null, ScriptedEngine.Token, ("If-None-Match", first.Headers.ETag!.Tag));

        Assert.Equal("\"1.0\"", first.Headers.ETag!.Tag);
        Assert.Equal((HttpStatusCode.NotModified, HttpStatusCode.OK), (same.StatusCode, changed.StatusCode));
        Assert.Equal(first.Headers.ETag, same.Headers.ETag);
        Assert.NotNull(same.Headers.RetryAfter);
        Assert.Equal("\"1.1\"", changed.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task Waiting_requests_are_answered_at_once_when_the_server_stops()
    {
        var job = _engine.Jobs.Add();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Jobs.OnWait = async (_, token) =>
        {
            var stopped = new TaskCompletionSource<Job>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = token.Register(() => stopped.TrySetCanceled(token));
            waiting.SetResult();
            return await stopped.Task;
        };
        var pending = _server.SendAsync(HttpMethod.Get, $"/v1/jobs/{job.Id}?wait=60");
        await waiting.Task;

        var stop = _server.StopAsync();
        using var response = await pending;
        await stop;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("pending", (await response.JsonAsync()).Text("status"));
    }

    [Fact]
    public async Task A_wait_beyond_the_number_allowed_is_answered_at_once()
    {
        await using var server = await TestServer.StartAsync(_engine, options => options.WaitsMax = 0);
        var job = _engine.Jobs.Add();
        _engine.Jobs.OnWait = (_, _) => throw new InvalidOperationException("waited");
        using var response = await server.SendAsync(HttpMethod.Get, $"/v1/jobs/{job.Id}?wait=60");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_cancel_says_by_its_status_whether_the_job_has_ended()
    {
        var live = _engine.Jobs.Add(JobStatus.Running);
        var ended = _engine.Jobs.Add(JobStatus.Canceled);
        using var first = await _server.SendAsync(HttpMethod.Delete, $"/v1/jobs/{live.Id}");
        using var second = await _server.SendAsync(HttpMethod.Delete, $"/v1/jobs/{ended.Id}");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
    }

    [Fact]
    public async Task A_log_is_text()
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/v1/jobs/x/log?attempt=1");

        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("a line\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_long_answer_is_compressed_for_those_who_can_read_it()
    {
        _engine.Jobs.Add();
        using var plain = await _server.SendAsync(HttpMethod.Get, "/v1/jobs");
        using var packed = await _server.SendAsync(HttpMethod.Get, "/v1/jobs", null, ScriptedEngine.Token, ("Accept-Encoding", "br, gzip"));
        using var refused = await _server.SendAsync(HttpMethod.Get, "/v1/jobs", null, ScriptedEngine.Token, ("Accept-Encoding", "gzip;q=0"));

        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Empty(refused.Content.Headers.ContentEncoding);
        Assert.Equal("gzip", packed.Content.Headers.ContentEncoding.Single());
        await using var unpacked = new System.IO.Compression.GZipStream(await packed.Content.ReadAsStreamAsync(), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        Assert.Equal(await plain.Content.ReadAsStringAsync(), await reader.ReadToEndAsync());
    }

    private static Job Succeeded(Job job)
    {
        var manifest = new ResultManifest { Statements = [new StatementResult { Columns = [new ResultColumn { Name = "a" }], Rows = 1 }] };
        return job with { Record = job.Record with { State = job.Record.State with { Status = JobStatus.Succeeded, Result = manifest } } };
    }

    private static ResultPage Page(string row) => new()
    {
        Statement = 0, StatementCount = 1, Columns = [new ResultColumn { Name = "a" }], Rows = [Encoding.UTF8.GetBytes(row)], Offset = 0, RowCount = 1, ExpiresAt = default,
    };
}
