using System.Net;
using System.Text.Json;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;
using Meanwhile.Stores;

namespace Meanwhile.Server.Tests.Jobs;

/// <summary>Searches among more jobs than one page looks at.</summary>
public sealed class SearchAnswerTests : IAsyncLifetime
{
    private const int BatchSize = 1_000;
    private RealInstance _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true);
        await RealStack.AddSourceAsync(_instance, "db");
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Fact]
    public async Task A_page_may_be_empty_and_its_cursor_goes_on_to_what_is_found()
    {
        var needle = (await SubmitAsync("needle", 1))[0];
        for (var i = 0; i < JobList.RowBudget; i += BatchSize) await SubmitAsync("hay", BatchSize);

        var first = await ListAsync("q=needle");
        var second = await ListAsync($"q=needle&cursor={first.Text("next_cursor")}");

        Assert.Empty(Ids(first));
        Assert.Equal([needle], Ids(second));
        Assert.Null(second.Text("next_cursor"));
    }

    private async Task<string[]> SubmitAsync(string word, int count)
    {
        var job = $$$"""{"tool": "query", "source": "db", "params": {"sql": "select '{{{word}}}'"}, "delay_seconds": 3600}""";
        using var response = await _instance.Server.SendAsync(HttpMethod.Post, "/v1/jobs/batch", $$"""{"jobs": [{{string.Join(", ", Enumerable.Repeat(job, count))}}]}""", _instance.AdminToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. (await response.JsonAsync()).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("job").Text("job_id")!)];
    }

    private async Task<JsonElement> ListAsync(string filter)
    {
        using var response = await _instance.Server.SendAsync(HttpMethod.Get, $"/v1/jobs?{filter}", null, _instance.AdminToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.JsonAsync();
    }

    private static IEnumerable<string> Ids(JsonElement list) => list.GetProperty("items").EnumerateArray().Select(job => job.Text("job_id")!);
}
