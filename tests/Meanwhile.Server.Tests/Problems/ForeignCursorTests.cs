using System.Net;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Problems;

/// <summary>A cursor is good for the list that gave it, and for no other.</summary>
public sealed class ForeignCursorTests(RealStack stack)
{
    public static readonly string[] Lists = ["/v1/jobs", "/v1/keys", "/v1/projects", "/v1/sources", "/v1/limits", "/v1/audit", "/v1/events"];

    public static TheoryData<string, string> Pairs => [.. from list in Lists from other in new[] { "/v1/jobs", "/v1/sources", "/v1/audit", "/v1/events" } where other != list select new TheoryDataRow<string, string>(list, other)];

    public static TheoryData<string> All => [.. Lists];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_cursor_of_another_list_is_refused(string list, string other)
    {
        await stack.RunAsync("select 1");
        await stack.RunAsync("select 1");
        var cursor = await CursorAsync(other);

        using var own = await stack.SendAsync(HttpMethod.Get, $"{other}?limit=1&cursor={cursor}");
        using var foreign = await stack.SendAsync(HttpMethod.Get, $"{list}?cursor={cursor}");

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal(["cursor"], (await foreign.ProblemAsync(400, "invalid_cursor")).Fields());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_empty_cursor_does_not_begin_at_the_start(string list)
    {
        using var response = await stack.SendAsync(HttpMethod.Get, $"{list}?cursor=");

        await response.ProblemAsync(400, "invalid_cursor");
    }

    [Fact]
    public async Task An_empty_cursor_of_a_result_is_refused()
    {
        var job = await stack.RunAsync("select 1");

        foreach (var format in new[] { "json", "csv" })
        {
            using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{job.Text("job_id")}/result?format={format}&cursor=");
            await response.ProblemAsync(400, "invalid_cursor");
        }
    }

    [Fact]
    public async Task A_cursor_of_the_audit_log_belongs_to_its_filter()
    {
        var cursor = await CursorAsync("/v1/audit");

        using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/audit?action=source.create&cursor={cursor}");

        await response.ProblemAsync(400, "invalid_cursor");
    }

    private async Task<string> CursorAsync(string list)
    {
        using var page = await stack.SendAsync(HttpMethod.Get, $"{list}?limit=1");
        return (await page.JsonAsync()).Text("next_cursor") ?? throw new InvalidOperationException($"{list} ended on its first page.");
    }
}
