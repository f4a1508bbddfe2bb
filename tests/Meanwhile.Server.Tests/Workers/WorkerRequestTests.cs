using System.Net;
using System.Text;
using System.Text.Json;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Workers;

/// <summary>What workers send, by hand: every field that is missing or wrong is named.</summary>
public sealed class WorkerRequestTests : IAsyncLifetime
{
    private RealInstance _instance = null!;
    private string _worker = "";
    private long _epoch;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true);
        using var tool = await SendAsync("/v1/tools/resize", """{"description": "Resizes."}""", HttpMethod.Put);
        Assert.Equal(HttpStatusCode.OK, tool.StatusCode);
        using var registered = await SendAsync("/v1/worker/register", """{"name": "w", "tools": ["resize"]}""");
        var lease = await registered.JsonAsync();
        (_worker, _epoch) = (lease.Text("worker")!, lease.GetProperty("epoch").GetInt64());
        Assert.Equal((2_000, 30_000), (lease.GetProperty("beat_every_ms").GetInt32(), lease.GetProperty("dead_after_ms").GetInt32()));
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Theory]
    [InlineData("register", "{}", "name")]
    [InlineData("register", """{"name": "x"}""", "tools")]
    [InlineData("register", """{"name": "x", "tools": []}""", "tools")]
    [InlineData("register", """{"name": "x", "tools": [null]}""", "tools[0]")]
    [InlineData("register", """{"name": "x", "tools": ["nothing"]}""", "tools[0]")]
    [InlineData("register", """{"name": "x", "tools": ["resize"], "process_id": -1}""", "process_id")]
    [InlineData("claim", "{}", "worker,epoch")]
    [InlineData("claim", """{"worker": "w@default"}""", "epoch")]
    [InlineData("claim", """{"worker": "w@default", "epoch": 1, "max": 0}""", "max")]
    [InlineData("claim", """{"worker": "w@default", "epoch": 1, "max": 101}""", "max")]
    [InlineData("claim", """{"worker": "w@default", "epoch": 1, "wait_seconds": 61}""", "wait_seconds")]
    [InlineData("beat", """{"worker": "w@default", "epoch": 1}""", "running")]
    [InlineData("beat", """{"worker": "w@default", "epoch": 1, "running": [null]}""", "running[0]")]
    [InlineData("beat", """{"worker": "w@default", "epoch": 1, "running": [{"job_id": "j12345678"}]}""", "running[0].job_id")]
    [InlineData("beat", """{"worker": "w@default", "epoch": 1, "running": [{"job_id": "0199b2f0-1234-7abc-8def-0123456789ab", "attempt": 1}]}""", "running[0].fence")]
    [InlineData("leave", "{}", "worker,epoch")]
    [InlineData("jobs/nothing/progress", """{"attempt": 1, "fence": 1}""", "job_id")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/progress", "{}", "attempt,fence")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/progress", """{"attempt": 1, "fence": 1, "fraction": 1.5}""", "fraction")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/log", """{"attempt": 1, "fence": 1}""", "lines")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/log", """{"attempt": 1, "fence": 1, "lines": []}""", "lines")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/log", """{"attempt": 1, "fence": 1, "lines": ["a", null]}""", "lines[1]")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/checkpoint", """{"attempt": 1, "fence": 1}""", "checkpoint")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/finish", """{"attempt": 1, "fence": 1}""", "outcome")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/finish", """{"outcome": "succeeded"}""", "attempt,fence")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/finish", """{"attempt": 1, "fence": 1, "outcome": "succeeded", "finish_id": "x"}""", "finish_id")]
    [InlineData("jobs/0199b2f0-1234-7abc-8def-0123456789ab/finish", """{"attempt": 1, "fence": 1, "outcome": "succeeded", "columns": [{"name": "a"}]}""", "columns")]
    public async Task A_field_that_is_missing_or_wrong_is_named(string path, string body, string fields)
    {
        using var refused = await SendAsync($"/v1/worker/{path}", body);

        Assert.Equal(fields.Split(','), (await refused.ProblemAsync(400, "invalid_request")).Fields());
    }

    [Fact]
    public async Task A_wrong_epoch_and_an_unknown_job_are_told_apart()
    {
        using var claim = await SendAsync("/v1/worker/claim", $$"""{"worker": "{{_worker}}", "epoch": {{_epoch + 1}} }""");
        using var beat = await SendAsync("/v1/worker/beat", $$"""{"worker": "{{_worker}}", "epoch": {{_epoch + 1}}, "running": []}""");
        using var job = await SendAsync("/v1/worker/jobs/0199b2f0-1234-7abc-8def-0123456789ab/progress", """{"attempt": 1, "fence": 1}""");

        await claim.ProblemAsync(409, "worker_ended");
        await beat.ProblemAsync(409, "worker_ended");
        await job.ProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task What_is_too_long_is_refused_and_says_how_long_it_may_be()
    {
        var job = await StartAsync();
        using var checkpoint = await SendAsync($"/v1/worker/jobs/{job}/checkpoint", $$"""{"attempt": 1, "fence": 1, "checkpoint": "{{new string('x', 70_000)}}"}""");
        using var summary = await SendAsync($"/v1/worker/jobs/{job}/finish", $$"""{"attempt": 1, "fence": 1, "outcome": "succeeded", "summary": "{{new string('x', 70_000)}}"}""");
        using var body = await SendAsync($"/v1/worker/jobs/{job}/log", $$"""{"attempt": 1, "fence": 1, "lines": ["{{new string('x', 5_000_000)}}"]}""");
        using var row = await RowsAsync(job, [$$"""{"attempt": 1, "fence": 1, "outcome": "succeeded", "columns": [{"name": "a"}]}""", $"[\"{new string('x', 5_000_000)}\"]"]);

        Assert.Equal(["checkpoint"], (await checkpoint.ProblemAsync(400, "invalid_request")).Fields());
        Assert.Equal(["summary"], (await summary.ProblemAsync(400, "invalid_request")).Fields());
        await body.ProblemAsync(413, "too_large");
        await row.ProblemAsync(413, "too_large");
    }

    [Fact]
    public async Task Rows_are_far_longer_than_a_body_may_be_otherwise()
    {
        var job = await StartAsync();
        var rows = Enumerable.Range(0, 40_000).Select(i => $"[{i},\"{new string('x', 1_000)}\"]").Prepend("""{"attempt": 1, "fence": 1, "outcome": "succeeded", "columns": [{"name": "n", "type": "integer"}, {"name": "t"}]}""");

        using var finished = await RowsAsync(job, rows);

        Assert.Equal("succeeded", (await finished.JsonAsync()).Text("status"));
        using var page = await _instance.Server.SendAsync(HttpMethod.Get, $"/v1/jobs/{job}/result?offset=39999", token: _instance.AdminToken);
        Assert.Equal(39_999, (await page.JsonAsync()).GetProperty("rows")[0][0].GetInt32());
    }

    [Theory]
    [InlineData("""{"attempt": 1, "fence": 1, "outcome": "succeeded"}""", "columns")]
    [InlineData("""{"attempt": 1, "fence": 1, "outcome": "succeeded", "columns": []}""", "columns")]
    [InlineData("""{"attempt": 1, "fence": 1, "outcome": "succeeded", "columns": [{}]}""", "columns[0].name")]
    [InlineData("""{"attempt": 1, "fence": 1, "outcome": "canceled", "columns": [{"name": "a"}]}""", "outcome")]
    [InlineData("""{"fence": 1, "outcome": "succeeded", "columns": [{"name": "a"}]}""", "attempt")]
    public async Task Rows_whose_first_line_can_not_be_are_refused(string head, string field)
    {
        var job = await StartAsync();

        using var refused = await RowsAsync(job, [head, "[1]"]);

        Assert.Equal([field], (await refused.ProblemAsync(400, "invalid_request")).Fields());
    }

    [Fact]
    public async Task A_claim_that_waits_is_answered_when_the_server_stops()
    {
        var waiting = SendAsync("/v1/worker/claim", $$"""{"worker": "{{_worker}}", "epoch": {{_epoch}}, "wait_seconds": 60}""");
        using var beat = await SendAsync("/v1/worker/beat", $$"""{"worker": "{{_worker}}", "epoch": {{_epoch}}, "running": []}""");
        var stopping = _instance.Server.StopAsync();

        using var answer = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        var claim = await answer.JsonAsync();

        Assert.Equal((0, 1_000), (claim.GetProperty("jobs").GetArrayLength(), claim.GetProperty("poll_after_ms").GetInt32()));
        await stopping;
    }

    private async Task<string> StartAsync()
    {
        using var submitted = await SendAsync("/v1/jobs", """{"tool": "resize", "params": {"a": 1}}""");
        var job = (await submitted.JsonAsync()).Text("job_id")!;
        using var claimed = await SendAsync("/v1/worker/claim", $$"""{"worker": "{{_worker}}", "epoch": {{_epoch}} }""");
        var work = Assert.Single((await claimed.JsonAsync()).GetProperty("jobs").EnumerateArray().ToList());
        Assert.Equal((job, 1, 1L, 1), (work.Text("job_id"), work.GetProperty("attempt").GetInt32(), work.GetProperty("fence").GetInt64(), work.GetProperty("params").GetProperty("a").GetInt32()));
        return job;
    }

    private Task<HttpResponseMessage> SendAsync(string path, string json, HttpMethod? method = null) => _instance.Server.SendAsync(method ?? HttpMethod.Post, path, json, _instance.AdminToken);

    private Task<HttpResponseMessage> RowsAsync(string job, IEnumerable<string> lines)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/worker/jobs/{job}/finish")
        {
            Content = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson"),
            Headers = { Authorization = new("Bearer", _instance.AdminToken) },
        };
        return _instance.Server.Http.SendAsync(request);
    }
}
