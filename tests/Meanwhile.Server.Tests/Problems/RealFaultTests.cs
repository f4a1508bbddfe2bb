using System.Net;
using System.Text.Json;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Problems;

/// <summary>What callers do wrong, over HTTP and through the real engine, store and source.</summary>
public sealed class RealFaultTests(RealStack stack)
{
    private const string Endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n";

    [Theory]
    [InlineData("""{"source":"nowhere","sql":"select 1"}""", "source")]
    [InlineData("""{"source":"db","sql":"select 1","sauce":1}""", "sauce")]
    [InlineData("""{"source":"db","sql":"select 1","ttl_hours":0}""", "ttl_hours")]
    [InlineData("""{"source":"db","sql":"select 1","ttl_hours":169}""", "ttl_hours")]
    [InlineData("""{"source":"db","sql":"select 1","priority":11}""", "priority")]
    [InlineData("""{"source":"db","sql":"select 1","priority":-1}""", "priority")]
    [InlineData("""{"source":"db","sql":"select 1","max_attempts":0}""", "max_attempts")]
    [InlineData("""{"source":"db","sql":"select 1","timeout_seconds":0}""", "timeout_seconds")]
    [InlineData("""{"source":"db","sql":"select 1","labels":{"No Name":"x"}}""", "labels.No Name")]
    [InlineData("""{"source":"db","sql":"select ?","parameters":7}""", "parameters")]
    public async Task A_wrong_query_is_refused_by_the_field_at_fault(string body, string field)
    {
        using var response = await stack.SendAsync(HttpMethod.Post, "/v1/queries", body);

        Assert.Equal([field], (await response.ProblemAsync(400, "invalid_request")).Fields());
    }

    [Theory]
    [InlineData("/v1/jobs", """{"tool":"query","source":"db","params":[]}""", "params is an array; an object is accepted.")]
    [InlineData("/v1/jobs", """{"tool":"query","source":"db","params":{"sql":1}}""", "params.sql is a number; the text of a statement is accepted.")]
    [InlineData("/v1/queries", """{"source":"db","sql":"select 1","parameters":true}""", "parameters is true; an object (by name) or an array (by position) is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":[]}""", "settings is an array; an object is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":["a"]}}""", "settings.path is an array; a string that is not empty is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db","create":"yes"}}""", "settings.create is a string; true or false is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db","busy_timeout_ms":-1}}""", "settings.busy_timeout_ms is -1; a whole number from 0 to 600000 is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db","sauce":1}}""", "settings.sauce is no setting here; path, create, cache_size_kib, memory_max_bytes and busy_timeout_ms are accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db"},"options":{"concurrency":257}}""", "options.concurrency is 257; 1 to 256 is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db"},"options":{"concurrency":0}}""", "options.concurrency is 0; 1 to 1000 is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db"},"options":{"statement_timeout_seconds":0}}""", "options.statement_timeout_seconds is 0; more than 0 and at most 604800 is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db"},"options":{"max_rows":0}}""", "options.max_rows is 0; 1 or more is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db"},"options":{"max_result_bytes":0}}""", "options.max_result_bytes is 0; 1 or more is accepted.")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"db.db"},"options":{"max_cell_bytes":0}}""", "options.max_cell_bytes is 0; 1 to 67108864 is accepted.")]
    public async Task What_the_engine_finds_wrong_reads_as_what_the_edge_does(string address, string body, string detail)
    {
        using var response = await stack.SendAsync(HttpMethod.Post, address, body);

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal(detail, problem.Text("detail"));
        Assert.Equal([detail[..detail.IndexOf(' ', StringComparison.Ordinal)]], problem.Fields());
    }

    [Theory]
    [InlineData("/v1/queries", """{"source":"db","sql":"select '\u0000'"}""", "sql")]
    [InlineData("/v1/queries", """{"source":"db","sql":"select ?","parameters":[1,2]}""", "parameters")]
    [InlineData("/v1/jobs", """{"tool":"query","source":"db","params":{"sql":"select '\u0000'"}}""", "params.sql")]
    [InlineData("/v1/sources", """{"name":"s","type":"sqlite","settings":{"path":"/etc/passwd"}}""", "settings.path")]
    public async Task A_message_that_is_a_sentence_stands_after_its_fields_name_and_a_colon(string address, string body, string field)
    {
        using var response = await stack.SendAsync(HttpMethod.Post, address, body);

        Assert.Matches($"^{field}: [A-Z]", (await response.ProblemAsync(400, "invalid_request")).Text("detail"));
    }

    [Fact]
    public async Task An_unknown_tool_is_refused_with_those_that_are_known()
    {
        using var response = await stack.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"teleport","params":{}}""");

        var problem = await response.ProblemAsync(400, "invalid_request");
        Assert.Equal(["tool"], problem.Fields());
        Assert.Contains("query", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/jobs?status=lost", "status")]
    [InlineData("/v1/jobs?status=scheduled&status=failed", "status")]
    [InlineData("/v1/jobs?trace_id=xyz", "trace_id")]
    [InlineData("/v1/events?kind=job.exploded", "kind")]
    [InlineData("/v1/jobs/no-id", "job_id")]
    [InlineData("/v1/jobs/no-id/result", "job_id")]
    public async Task A_wrong_question_is_refused_by_the_field_at_fault(string address, string field)
    {
        using var response = await stack.SendAsync(HttpMethod.Get, address);

        Assert.Equal([field], (await response.ProblemAsync(400, "invalid_request")).Fields());
    }

    [Theory]
    [InlineData("selec 1", "", "syntax")]
    [InlineData("select * from missing", "", "not_found")]
    [InlineData("select missing", "", "not_found")]
    [InlineData("", "", "sql")]
    [InlineData("select :a, :b", """, "parameters": {"a": 1}""", "parameters")]
    [InlineData("select :a", """, "parameters": {"a": 1, "surplus": 2}""", "parameters")]
    [InlineData("select ?", """, "parameters": [1, 2]""", "parameters")]
    [InlineData("select :a", """, "parameters": {"a": {"nested": 1}}""", "parameters")]
    [InlineData("create table t (a)", "", "permission")]
    [InlineData("attach '{data}/meanwhile.db' as own", "", "permission")]
    [InlineData("vacuum into '{data}/sources/copy.db'", "", "permission")]
    [InlineData("select zeroblob(943718400)", "", "resource_limit")]
    public async Task A_statement_that_can_not_be_run_says_why(string sql, string more, string expected)
    {
        using var response = await stack.QueryAsync(sql.Replace("{data}", stack.Instance.DataDirectory, StringComparison.Ordinal), more + """, "wait_seconds": 60""");
        var answer = await response.JsonAsync();

        if (response.StatusCode == HttpStatusCode.BadRequest) Assert.Equal([expected], answer.Fields());
        else Assert.Equal(("failed", expected), (answer.Text("status"), answer.GetProperty("error").Text("type")));
    }

    [Fact]
    public async Task No_source_is_made_of_the_servers_own_files()
    {
        foreach (var file in new[] { "meanwhile.db", "lock", "../meanwhile.db" })
        {
            var path = Path.Combine(file.StartsWith("..", StringComparison.Ordinal) ? stack.Instance.SourceFolder : stack.Instance.DataDirectory, file);
            using var response = await stack.SendAsync(HttpMethod.Post, "/v1/sources", $$"""{"name": "own", "type": "sqlite", "settings": {"path": "{{JsonEncodedText.Encode(path)}}"} }""");

            Assert.Equal(["settings.path"], (await response.ProblemAsync(400, "invalid_request")).Fields());
        }
    }

    [Fact]
    public async Task Another_projects_job_is_not_found_whatever_is_asked_of_it()
    {
        var id = (await stack.RunAsync("select 1")).Text("job_id");
        using var made = await stack.SendAsync(HttpMethod.Post, "/v1/projects", """{"name":"elsewhere"}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);

        foreach (var (method, address) in new[]
        {
            (HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Post, "/retry"), (HttpMethod.Get, "/result"), (HttpMethod.Get, "/result?format=csv"),
            (HttpMethod.Get, "/result/partitions/0"), (HttpMethod.Get, "/events"), (HttpMethod.Get, "/attempts"), (HttpMethod.Get, "/log"),
        })
        {
            using var response = await stack.SendAsync(method, $"/v1/jobs/{id}{address}", null, ("X-Meanwhile-Project", "elsewhere"));
            await response.ProblemAsync(404, "not_found");
        }
    }

    [Fact]
    public async Task Beyond_the_end_a_page_is_empty_and_there_is_no_next()
    {
        var id = (await stack.RunAsync("select 1 union all select 2")).Text("job_id");
        using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?offset=1000");

        var page = await response.JsonAsync();
        Assert.Equal((HttpStatusCode.OK, "[]", "2"), (response.StatusCode, page.GetProperty("rows").GetRawText(), page.Text("row_count")));
        Assert.False(page.TryGetProperty("next_cursor", out _));
    }

    [Fact]
    public async Task A_cursor_of_another_result_and_of_another_list_is_refused()
    {
        var first = (await stack.RunAsync("select 1 union all select 2")).Text("job_id");
        var second = (await stack.RunAsync("select 3 union all select 4")).Text("job_id");
        using var page = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{first}/result?limit=1");
        using var list = await stack.SendAsync(HttpMethod.Get, "/v1/jobs?limit=1&status=succeeded");
        var (ofPage, ofList) = ((await page.JsonAsync()).Text("next_cursor"), (await list.JsonAsync()).Text("next_cursor"));
        Assert.NotNull(ofPage);
        Assert.NotNull(ofList);

        using var otherResult = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{second}/result?cursor={ofPage}");
        using var otherList = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs?status=failed&cursor={ofList}");

        await otherResult.ProblemAsync(400, "invalid_cursor");
        await otherList.ProblemAsync(400, "invalid_cursor");
    }

    [Fact]
    public async Task The_result_of_a_running_job_is_refused_and_a_second_cancel_answers_as_the_first_ending()
    {
        using var submitted = await stack.QueryAsync(Endless);
        var id = (await submitted.JsonAsync()).Text("job_id");
        using var early = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result");
        var problem = await early.ProblemAsync(409, "not_done");
        Assert.True(problem.Text("job_status") is "pending" or "running");
        Assert.True(problem.GetProperty("poll_after_ms").GetInt32() > 0);
        Assert.NotNull(early.Headers.RetryAfter);

        using var first = await stack.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");
        using var ended = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}?wait=60");
        using var second = await stack.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");

        Assert.True(first.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var job = await ended.JsonAsync();
        Assert.Equal("canceled", job.Text("status"));
        Assert.Equal(job.GetRawText(), (await second.JsonAsync()).GetRawText());
    }

    [Fact]
    public async Task The_result_of_a_failed_job_is_refused_with_how_it_ended()
    {
        var id = (await stack.RunAsync("select * from missing")).Text("job_id");
        using var response = await stack.SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result");

        Assert.Equal("failed", (await response.ProblemAsync(409, "no_result")).Text("job_status"));
    }

    [Fact]
    public async Task A_cost_limit_is_refused_where_the_source_can_not_tell_a_cost()
    {
        using var response = await stack.QueryAsync("select 1", """, "max_cost": 5""");

        await response.ProblemAsync(400, "not_supported");
    }
}
