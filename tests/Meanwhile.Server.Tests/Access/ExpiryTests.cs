using System.Net;
using Meanwhile.Server.Tests.Hosting;
using Meanwhile.Testing.Time;

namespace Meanwhile.Server.Tests.Access;

/// <summary>What is left of a job when its time to live is over, on the real engine, store and files, with a clock that the test moves.</summary>
public sealed class ExpiryTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private RealInstance _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true, _time);
        await RealStack.AddSourceAsync(_instance, "db");
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Fact]
    public async Task Once_expired_the_result_is_gone_with_its_files_and_the_slim_row_still_answers()
    {
        var id = await RunAsync("with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000) select i, 'canary-of-a-row' from n");
        Assert.NotEmpty(ResultFiles());
        _time.Advance(TimeSpan.FromHours(2) - TimeSpan.FromMinutes(1));
        using var before = await GetAsync($"/v1/jobs/{id}/result?limit=1");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        await ExpireAsync(id);

        foreach (var address in new[] { "/result", "/result?format=csv", "/result/partitions/0", "/log" })
        {
            using var gone = await GetAsync($"/v1/jobs/{id}{address}");
            Assert.Equal("succeeded", (await gone.ProblemAsync(410, "gone")).Text("job_status"));
        }

        using var slim = await GetAsync($"/v1/jobs/{id}");
        var job = await slim.JsonAsync();
        Assert.Equal(("succeeded", "query", "db", "True"), (job.Text("status"), job.Text("tool"), job.Text("source"), job.Text("expired")));
        Assert.Equal("50000", job.GetProperty("result").Text("row_count"));
        Assert.NotNull(job.Text("duration_ms"));
        Assert.DoesNotContain("canary", job.GetRawText(), StringComparison.Ordinal);
        using var list = await GetAsync("/v1/jobs?q=canary-of-a-row");
        Assert.Equal(0, (await list.JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Once_expired_a_failure_keeps_its_kind_and_code_and_not_its_words()
    {
        var id = await RunAsync("select canary_of_a_column from sqlite_schema", "failed");
        using var before = await GetAsync($"/v1/jobs/{id}");
        Assert.Contains("canary", (await before.JsonAsync()).GetProperty("error").Text("message"), StringComparison.Ordinal);

        await ExpireAsync(id);

        using var slim = await GetAsync($"/v1/jobs/{id}");
        var job = await slim.JsonAsync();
        var error = job.GetProperty("error");
        Assert.Equal(("not_found", "no_such_column", "SQLITE_ERROR"), (error.Text("type"), error.Text("code"), error.Text("source_code")));
        Assert.False(error.TryGetProperty("position", out _));
        Assert.DoesNotContain("canary", job.GetRawText(), StringComparison.Ordinal);
        using var list = await GetAsync("/v1/jobs?q=canary_of_a_column");
        Assert.Equal(0, (await list.JsonAsync()).GetProperty("items").GetArrayLength());
    }

    private string[] ResultFiles()
    {
        try
        {
            return Directory.GetFiles(Path.Combine(_instance.DataDirectory, "blobs", "results"), "*", SearchOption.AllDirectories);
        }
        catch (DirectoryNotFoundException) // it goes with its last file, maybe just now
        {
            return [];
        }
    }

    private async Task<string> RunAsync(string sql, string ending = "succeeded")
    {
        using var submitted = await _instance.Server.SendAsync(HttpMethod.Post, "/v1/queries", $$"""{"source": "db", "sql": "{{sql}}", "ttl_hours": 2}""", _instance.AdminToken);
        Assert.Equal(HttpStatusCode.Accepted, submitted.StatusCode);
        var id = (await submitted.JsonAsync()).Text("job_id")!;
        while (true)
        {
            using var seen = await GetAsync($"/v1/jobs/{id}");
            var status = (await seen.JsonAsync()).Text("status");
            if (status == ending) return id;
            Assert.True(status is "pending" or "running", status);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Moves the clock past the end of the job's life, and on until the collector has been there.</summary>
    private async Task ExpireAsync(string id)
    {
        _time.Advance(TimeSpan.FromMinutes(2));
        for (var minutes = 0; minutes < 5_000 && (ResultFiles().Length > 0 || !await IsExpiredAsync(id)); minutes++) _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(ResultFiles());
    }

    private async Task<bool> IsExpiredAsync(string id)
    {
        using var seen = await GetAsync($"/v1/jobs/{id}");
        return (await seen.JsonAsync()).Text("expired") == "True";
    }

    private Task<HttpResponseMessage> GetAsync(string address) => _instance.Server.SendAsync(HttpMethod.Get, address, null, _instance.AdminToken);
}
