using System.Net;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Access;

/// <summary>What is answered while the server stops and the engine still lets its work end, on the real engine and store.</summary>
public sealed class StoppingTests : IAsyncLifetime
{
    private const string ForHours = "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c";
    private RealInstance _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true, grace: TimeSpan.FromSeconds(60));
        await RealStack.AddSourceAsync(_instance, "db");
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Fact]
    public async Task New_jobs_are_refused_and_all_else_is_answered_until_the_running_work_has_ended()
    {
        using var done = await QueryAsync("select 7", wait: 60);
        var ended = (await done.JsonAsync()).Text("job_id");
        using var begun = await QueryAsync(ForHours, wait: 0);
        var running = (await begun.JsonAsync()).Text("job_id");
        while (await StatusOfAsync(running) == "pending") await SendAsync(HttpMethod.Get, $"/v1/jobs/{running}?wait=1");

        var stop = _instance.Server.StopAsync();

        using var submission = await QueryAsync("select 8", wait: 0);
        using var batch = await SendAsync(HttpMethod.Post, "/v1/jobs/batch", """{"jobs":[{"tool":"query","source":"db","params":{"sql":"select 8"}}]}""");
        using var retry = await SendAsync(HttpMethod.Post, $"/v1/jobs/{ended}/retry");
        foreach (var refused in new[] { submission, batch, retry })
        {
            Assert.Contains("stopping", (await refused.ProblemAsync(503, "unavailable")).Text("detail"), StringComparison.Ordinal);
            Assert.Equal(TimeSpan.FromSeconds(5), refused.Headers.RetryAfter!.Delta);
        }

        using var rows = await SendAsync(HttpMethod.Get, $"/v1/jobs/{ended}/result");
        using var ready = await SendAsync(HttpMethod.Get, "/healthz/ready");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (rows.StatusCode, ready.StatusCode));
        Assert.Equal(("succeeded", "running"), (await StatusOfAsync(ended), await StatusOfAsync(running)));
        Assert.False(stop.IsCompleted);
        using var cancel = await SendAsync(HttpMethod.Delete, $"/v1/jobs/{running}");
        Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);
        await stop.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task<string?> StatusOfAsync(string? job)
    {
        using var seen = await SendAsync(HttpMethod.Get, $"/v1/jobs/{job}");
        return (await seen.JsonAsync()).Text("status");
    }

    private Task<HttpResponseMessage> QueryAsync(string sql, int wait) => SendAsync(HttpMethod.Post, "/v1/queries", $$"""{"source": "db", "sql": "{{sql}}", "wait_seconds": {{wait}}}""");

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? json = null) => _instance.Server.SendAsync(method, address, json, _instance.AdminToken);
}
