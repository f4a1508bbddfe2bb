using Meanwhile.Server.Operations;

namespace Meanwhile.Server.Tests.Matrix;

/// <summary>Every operation against every role, two projects, own-jobs scope, granted sources, and keys that are none.</summary>
public sealed class MatrixTests(MatrixInstance instance) : IClassFixture<MatrixInstance>
{
    [Fact]
    public void Every_operation_has_its_rows() => Assert.Equal(
        OperationTable.All.Select(operation => $"{operation.Method} {operation.Pattern.Replace("**", "", StringComparison.Ordinal)}").Order(StringComparer.Ordinal),
        MatrixTable.All.Select(row => row.Operation).Distinct().Order(StringComparer.Ordinal));

    public static TheoryData<int, string> Rows() => new(MatrixTable.All.Select((row, i) => (i, $"{row.Operation} {row.Thing}")));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Each_caller_is_answered_as_the_table_says_and_told_nothing_of_what_it_may_not_see(int index, string _)
    {
        var row = MatrixTable.All[index];
        List<string> wrong = [];
        foreach (var (column, caller) in MatrixTable.Callers.Index())
        {
            var (address, json) = await RequestAsync(row, caller);
            var (status, body) = await instance.SendAsync(caller, row.Method, address, json);
            if ((int)status != row.Statuses[column]) wrong.Add($"{caller}: {(int)status} instead of {row.Statuses[column]}: {body}");
            wrong.AddRange(Leaks(row, caller).Where(canary => body.Contains(canary, StringComparison.Ordinal)).Select(canary => $"{caller} is told {canary}: {body}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Without_a_key_that_is_accepted_nothing_is_answered_but_what_needs_none(int index, string _)
    {
        var row = MatrixTable.All[index];
        List<string> wrong = [];
        foreach (var stranger in MatrixTable.Strangers)
        {
            var (address, json) = await RequestAsync(row, "viewer");
            var (status, body) = await instance.SendAsync(stranger, row.Method, address, json);
            if ((int)status != (row.NeedsNoKey ? row.Statuses[0] : 401)) wrong.Add($"{stranger}: {(int)status} {body}");
            if (body.Contains("canary", StringComparison.Ordinal)) wrong.Add($"{stranger} is told {body}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("viewer", "theirs", MatrixInstance.OwnCanary)]
    [InlineData("viewer", "closed", MatrixInstance.ClosedCanary)]
    [InlineData("own-submitter", "own-submitter", MatrixInstance.OwnCanary)]
    [InlineData("open-viewer", "theirs", MatrixInstance.OwnCanary)]
    [InlineData("other-admin", "elsewhere", MatrixInstance.OtherCanary)]
    public async Task Whoever_may_see_a_job_is_told_what_others_are_not(string caller, string job, string canary)
    {
        var (_, body) = await instance.SendAsync(caller, "GET", $"/v1/jobs/{instance.JobOf(job)}", null);
        var (_, list) = await instance.SendAsync(caller, "GET", "/v1/jobs?limit=1000", null);

        Assert.Contains(canary, body, StringComparison.Ordinal);
        Assert.Contains(canary, list, StringComparison.Ordinal);
    }

    /// <summary>What must not be in an answer.</summary>
    private static IEnumerable<string> Leaks(MatrixTable.Row row, string caller)
    {
        var seesInstance = caller is "instance" or "elsewhere" && (row.Pattern.StartsWith("/v1/projects", StringComparison.Ordinal) || row is { Pattern: "/v1/audit", Thing: "all" });
        if (seesInstance) yield break;
        yield return MatrixInstance.IsOther(caller) ? MatrixInstance.OwnCanary : MatrixInstance.OtherCanary;
        if (MatrixInstance.IsOther(caller) || caller.StartsWith("open", StringComparison.Ordinal) || caller.StartsWith("own", StringComparison.Ordinal)) yield return MatrixInstance.ClosedCanary;
    }

    private async Task<(string Address, string? Json)> RequestAsync(MatrixTable.Row row, string caller)
    {
        var (key, json) = await (row.Pattern.Split('/')[2] switch
        {
            "jobs" or "queries" => Task.FromResult(JobRequest(row, caller)),
            "sources" => SourceRequestAsync(row),
            "keys" => KeyRequestAsync(row),
            "limits" => LimitRequestAsync(row),
            "quotas" => QuotaRequestAsync(row),
            "projects" => Task.FromResult(ProjectRequest(row)),
            "tools" => ToolRequestAsync(row),
            "worker" => WorkerRequestAsync(row),
            "nodes" => Task.FromResult<(string, string?)>((row.Thing, null)),
            "callbacks" => Task.FromResult<(string, string?)>(("", """{"outcome": "succeeded"}""")),
            _ => Task.FromResult<(string, string?)>(("", null)),
        });
        var address = row.Pattern.Replace("{id}", key, StringComparison.Ordinal).Replace("{name}", key, StringComparison.Ordinal).Replace("{key}", Uri.EscapeDataString(key), StringComparison.Ordinal).Replace("{node}", key, StringComparison.Ordinal).Replace("{n}", "0", StringComparison.Ordinal).Replace("{token}", "none", StringComparison.Ordinal);
        return (row switch
        {
            { Pattern: "/v1/audit", Thing: "all" } => address + "?all_projects=true",
            { Method: "GET", Thing: "-", Pattern: not ("/v1/stats" or "/v1/nodes") } => address + "?limit=1000", // nothing hides on a second page
            _ => address,
        }, json);
    }

    private (string Key, string? Json) JobRequest(MatrixTable.Row row, string caller)
    {
        var id = instance.JobOf(row.Thing == "mine" ? caller : row.Thing);
        var source = row.Thing == "closed" ? "closed" : "open";
        return (id, row.Operation switch
        {
            "POST /v1/jobs" => $$$"""{"tool": "query", "source": "{{{source}}}", "params": {"sql": "select 1"}, {{{(row.Thing == "dry-run" ? "\"dry_run\": true" : "\"delay_seconds\": 3600")}}}}""",
            "POST /v1/queries" => $$"""{"source": "{{source}}", "sql": "select 1", "delay_seconds": 3600}""",
            "POST /v1/jobs/batch" => """{"jobs": [{"tool": "query", "source": "open", "params": {"sql": "select 1"}, "delay_seconds": 3600}]}""",
            "POST /v1/jobs/cancel" => $$"""{"job_ids": ["{{id}}"]}""",
            _ => null,
        });
    }

    private async Task<(string Key, string? Json)> SourceRequestAsync(MatrixTable.Row row)
    {
        var name = row.Thing is "new" or "gone" ? instance.NewName() : row.Thing;
        if (row.Thing == "gone") await instance.MakeSourceAsync("instance", name, name);
        return (name, row.Method switch
        {
            "POST" when row.Pattern == "/v1/sources" => $$$"""{"name": "{{{name}}}", "type": "sqlite", "settings": {"path": "x.db"}}""",
            "PUT" => """{"type": "sqlite", "settings": {"path": "x.db"}}""",
            _ => null,
        });
    }

    private async Task<(string Key, string? Json)> KeyRequestAsync(MatrixTable.Row row)
    {
        var json = row.Thing == "instance" ? """{"role": "admin", "instance_admin": true}""" : "{}";
        return row.Pattern == "/v1/keys" ? ("", row.Method == "POST" ? json : null) : (await instance.MakeKeyAsync("instance", "spare", json), null);
    }

    private async Task<(string Key, string? Json)> LimitRequestAsync(MatrixTable.Row row)
    {
        var key = row.Thing switch
        {
            "project" => "project:default",
            "gone" => $"key:default/{instance.NewName()}",
            _ => $"source:default/{row.Thing}",
        };
        if (row.Method == "DELETE") await instance.AskAsync("instance", "PUT", $"/v1/limits/{Uri.EscapeDataString(key)}", """{"max": 100}""");
        return (key, row.Method == "PUT" ? """{"max": 100}""" : null);
    }

    private async Task<(string Key, string? Json)> QuotaRequestAsync(MatrixTable.Row row)
    {
        var key = row.Thing == "project" ? "project:default" : $"key:{instance.QuotaKey}";
        const string json = """{"live_jobs": 10000}""";
        if (row.Method != "PUT" && row.Pattern.EndsWith('}')) await instance.AskAsync("instance", "PUT", $"/v1/quotas/{Uri.EscapeDataString(key)}", json);
        return (key, row.Method == "PUT" ? json : null);
    }

    private (string Key, string? Json) ProjectRequest(MatrixTable.Row row) => row.Thing == "new"
        ? ("", $$"""{"name": "{{instance.NewName()}}"}""")
        : ("default", row.Method == "PUT" ? """{"weight": 1}""" : null);

    private async Task<(string Key, string? Json)> ToolRequestAsync(MatrixTable.Row row)
    {
        const string json = """{"description": "Does a thing."}""";
        var name = row.Thing is "new" or "gone" ? instance.NewName() : row.Thing;
        if (row.Thing == "gone") await instance.AskAsync("instance", "PUT", $"/v1/tools/{name}", json);
        return (name, row.Method == "PUT" ? json : null);
    }

    private async Task<(string Key, string? Json)> WorkerRequestAsync(MatrixTable.Row row)
    {
        if (row.Pattern.EndsWith("/register", StringComparison.Ordinal)) return ("", $$"""{"name": "{{instance.NewName()}}", "tools": ["crunch"]}""");
        if (!row.Pattern.Contains("{id}", StringComparison.Ordinal))
        {
            var worker = row.Thing == "gone" ? await instance.RegisterAsync(instance.NewName()) : instance.Crew;
            return ("", $$"""{"worker": "{{worker}}", "epoch": 1{{(row.Pattern.EndsWith("/beat", StringComparison.Ordinal) ? ", \"running\": []" : "")}} }""");
        }

        var more = row.Pattern.Split('/')[^1] switch { "log" => ", \"lines\": [\"a\"]", "checkpoint" => ", \"checkpoint\": 1", "finish" => ", \"outcome\": \"succeeded\"", _ => "" };
        return (instance.JobOf(row.Thing == "others" ? "other-admin" : row.Thing), $$"""{"attempt": 1, "fence": 1{{more}} }""");
    }
}
