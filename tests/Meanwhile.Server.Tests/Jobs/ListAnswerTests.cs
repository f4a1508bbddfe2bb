using System.Net;
using System.Text.Json;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Jobs;

/// <summary>Each filter of the list, over HTTP and the real store.</summary>
public sealed class ListAnswerTests(RealStack stack)
{
    [Fact]
    public async Task Every_filter_finds_what_it_names_and_nothing_else()
    {
        var mark = Guid.NewGuid().ToString("n");
        using var submitted = await stack.QueryAsync($"select 'Needle-{mark}'", $$""", "labels": {"mark": "{{mark}}"}, "wait_seconds": 60""");
        var job = await submitted.JsonAsync();
        using var later = await stack.QueryAsync("select 1", $$""", "labels": {"mark": "{{mark}}"}, "delay_seconds": 3600""");
        var (id, waiting) = (job.Text("job_id")!, (await later.JsonAsync()).Text("job_id")!);
        var created = Uri.EscapeDataString(job.Text("created_at")!);

        Assert.Equal([waiting, id], await IdsAsync($"label=mark:{mark}"));
        foreach (var filter in new[] { "status=succeeded", "status=succeeded&status=failed", "duration_min=0", "duration_max=3600", $"q=NEEDLE-{mark}", $"created_before={Uri.EscapeDataString((await later.JsonAsync()).Text("created_at")!)}" })
        {
            Assert.Equal([id], await IdsAsync($"label=mark:{mark}&{filter}"));
        }

        foreach (var filter in new[] { "status=pending", "status=scheduled" }) Assert.Equal([waiting], await IdsAsync($"label=mark:{mark}&{filter}"));
        foreach (var filter in new[] { "tool=query", "source=db", $"created_from={created}", $"submitted_by={job.Text("submitted_by")}" }) Assert.Equal([waiting, id], await IdsAsync($"label=mark:{mark}&{filter}"));
        foreach (var filter in new[] { "tool=other", "source=other", "submitted_by=nobody", "status=running", "duration_min=3600", "q=haystack", "created_from=2100-01-01T00:00:00Z" })
        {
            Assert.Empty(await IdsAsync($"label=mark:{mark}&{filter}"));
        }
    }

    [Fact]
    public async Task A_trace_finds_the_jobs_that_were_submitted_under_it()
    {
        var trace = Guid.NewGuid().ToString("n");
        using var submitted = await stack.SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"db","sql":"select 1"}""", ("traceparent", $"00-{trace}-00f067aa0ba902b7-01"));
        var job = await submitted.JsonAsync();

        Assert.Equal([job.Text("job_id")!], await IdsAsync($"trace_id={trace}"));
        Assert.Equal(trace, job.Text("trace_id"));
    }

    [Fact]
    public async Task Scheduled_jobs_are_found_and_pages_follow_each_other()
    {
        var label = Guid.NewGuid().ToString("n");
        List<string> expected = [];
        for (var i = 0; i < 5; i++)
        {
            using var later = await stack.QueryAsync("select 1", $$""", "labels": {"mark": "{{label}}"}, "delay_seconds": 3600""");
            expected.Insert(0, (await later.JsonAsync()).Text("job_id")!);
        }

        List<string> seen = [];
        for (var (cursor, pages) = ("", 0); cursor is not null && pages < 1_000; pages++)
        {
            using var page = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs?status=scheduled&limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            var json = await page.JsonAsync();
            seen.AddRange(Ids(json));
            cursor = json.Text("next_cursor");
        }

        Assert.Equal(expected, seen.Where(expected.Contains));
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    private async Task<string[]> IdsAsync(string filter)
    {
        using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs?{filter}");
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return [.. Ids(await response.JsonAsync())];
    }

    private static IEnumerable<string> Ids(JsonElement list) => list.GetProperty("items").EnumerateArray().Select(job => job.Text("job_id")!);
}
