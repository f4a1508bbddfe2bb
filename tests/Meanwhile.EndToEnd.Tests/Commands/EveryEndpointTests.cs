using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

/// <summary>Every operation of the OpenAPI document, asked of a real process.</summary>
public sealed class EveryEndpointTests(SampleServer sample)
{
    [Fact]
    public async Task Each_operation_is_answered_by_a_real_process()
    {
        using var http = new HttpClient { BaseAddress = sample.Server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", sample.Server.AdminKey);
        var name = $"e{Guid.NewGuid():n}"[..12];
        List<string> asked = [];

        async Task<JsonElement?> Ask(string operation, int status, string address, string? json = null)
        {
            asked.Add(operation);
            using var request = new HttpRequestMessage(new HttpMethod(operation.Split(' ')[0]), address);
            if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            Assert.True(status == (int)response.StatusCode, $"{operation}: {(int)response.StatusCode} {body}");
            return response.Content.Headers.ContentType?.MediaType is "application/json" ? JsonElement.Parse(body) : null;
        }

        var document = (await Ask("GET /openapi/v1.json", 200, "/openapi/v1.json"))!.Value;
        await Ask("GET /healthz/live", 200, "/healthz/live");
        await Ask("GET /healthz/ready", 200, "/healthz/ready");

        var query = """{"source": "flights", "sql": "select iata from airports limit 3", "wait_seconds": 60}""";
        var job = (await Ask("POST /v1/queries", 200, "/v1/queries", query))!.Value.GetProperty("job_id").GetString();
        var later = (await Ask("POST /v1/jobs", 202, "/v1/jobs", """{"tool": "query", "source": "flights", "params": {"sql": "select 1"}, "delay_seconds": 3600}"""))!.Value.GetProperty("job_id").GetString();
        var many = (await Ask("POST /v1/jobs/batch", 200, "/v1/jobs/batch", """{"jobs": [{"tool": "query", "source": "flights", "params": {"sql": "select 1"}, "delay_seconds": 3600}]}"""))!.Value;
        var one = many.GetProperty("items")[0].GetProperty("job").GetProperty("job_id").GetString();
        await Ask("POST /v1/jobs/adopt", 400, "/v1/jobs/adopt", "{}");
        await Ask("GET /v1/jobs", 200, "/v1/jobs?status=succeeded&limit=1");
        await Ask("GET /v1/jobs/{id}", 200, $"/v1/jobs/{job}");
        await Ask("GET /v1/jobs/{id}/result", 200, $"/v1/jobs/{job}/result?limit=1");
        await Ask("GET /v1/jobs/{id}/result/partitions/{n}", 200, $"/v1/jobs/{job}/result/partitions/0");
        await Ask("GET /v1/jobs/{id}/events", 200, $"/v1/jobs/{job}/events");
        await Ask("GET /v1/jobs/{id}/attempts", 200, $"/v1/jobs/{job}/attempts");
        await Ask("GET /v1/jobs/{id}/log", 200, $"/v1/jobs/{job}/log");
        await Ask("DELETE /v1/jobs/{id}", 200, $"/v1/jobs/{later}");
        await Ask("POST /v1/jobs/cancel", 200, "/v1/jobs/cancel", $$"""{"job_ids": ["{{one}}"]}""");
        await Ask("POST /v1/jobs/{id}/retry", 202, $"/v1/jobs/{job}/retry");
        await Ask("GET /v1/events", 200, "/v1/events?limit=1");

        var source = """{"type": "sqlite", "settings": {"path": "flights.db"}}""";
        await Ask("POST /v1/sources", 201, "/v1/sources", source.Insert(1, $"\"name\": \"{name}\", "));
        await Ask("PUT /v1/sources/{name}", 200, $"/v1/sources/{name}", source);
        await Ask("GET /v1/sources", 200, "/v1/sources");
        await Ask("GET /v1/sources/{name}", 200, $"/v1/sources/{name}");
        await Ask("POST /v1/sources/{name}/probe", 200, $"/v1/sources/{name}/probe");
        await Ask("DELETE /v1/sources/{name}", 204, $"/v1/sources/{name}");

        await Ask("POST /v1/projects", 201, "/v1/projects", $$"""{"name": "{{name}}"}""");
        await Ask("PUT /v1/projects/{name}", 200, $"/v1/projects/{name}", """{"weight": 2}""");
        await Ask("GET /v1/projects", 200, "/v1/projects");
        await Ask("GET /v1/projects/{name}", 200, $"/v1/projects/{name}");

        var key = (await Ask("POST /v1/keys", 201, "/v1/keys", "{}"))!.Value.GetProperty("key").GetProperty("key_id").GetString();
        await Ask("GET /v1/keys", 200, "/v1/keys");
        await Ask("POST /v1/keys/{id}/rotate", 200, $"/v1/keys/{key}/rotate");

        var quota = Uri.EscapeDataString($"key:{key}");
        await Ask("PUT /v1/quotas/{key}", 200, $"/v1/quotas/{quota}", """{"live_jobs": 3}""");
        await Ask("GET /v1/quotas/{key}", 200, $"/v1/quotas/{quota}");
        await Ask("GET /v1/quotas", 200, "/v1/quotas");
        await Ask("DELETE /v1/quotas/{key}", 204, $"/v1/quotas/{quota}");
        await Ask("DELETE /v1/keys/{id}", 200, $"/v1/keys/{key}");

        var limit = Uri.EscapeDataString(Meanwhile.Claims.LimitKeys.OfCaller("default", name));
        await Ask("PUT /v1/limits/{key}", 200, $"/v1/limits/{limit}", """{"max": 3}""");
        await Ask("GET /v1/limits/{key}", 200, $"/v1/limits/{limit}");
        await Ask("GET /v1/limits", 200, "/v1/limits");
        await Ask("DELETE /v1/limits/{key}", 204, $"/v1/limits/{limit}");

        await Ask("PUT /v1/tools/{name}", 200, $"/v1/tools/{name}", """{"description": "Does a thing."}""");
        await Ask("GET /v1/tools/{name}", 200, $"/v1/tools/{name}");
        await Ask("GET /v1/tools", 200, "/v1/tools");

        var lease = (await Ask("POST /v1/worker/register", 200, "/v1/worker/register", $$"""{"name": "{{name}}", "tools": ["{{name}}"]}"""))!.Value;
        var who = $"\"worker\": \"{lease.GetProperty("worker").GetString()}\", \"epoch\": {lease.GetProperty("epoch")}";
        await SubmitAsync(http, name);
        var work = (await Ask("POST /v1/worker/claim", 200, "/v1/worker/claim", $$"""{ {{who}} }"""))!.Value.GetProperty("jobs")[0].GetProperty("job_id").GetString();
        const string held = "\"attempt\": 1, \"fence\": 1";
        await Ask("POST /v1/worker/beat", 200, "/v1/worker/beat", $$"""{ {{who}}, "running": [{"job_id": "{{work}}", {{held}} }]}""");
        await Ask("POST /v1/worker/jobs/{id}/progress", 200, $"/v1/worker/jobs/{work}/progress", $$"""{ {{held}}, "fraction": 0.5}""");
        await Ask("POST /v1/worker/jobs/{id}/log", 200, $"/v1/worker/jobs/{work}/log", $$"""{ {{held}}, "lines": ["a"]}""");
        await Ask("POST /v1/worker/jobs/{id}/checkpoint", 200, $"/v1/worker/jobs/{work}/checkpoint", $$"""{ {{held}}, "checkpoint": 1}""");
        await Ask("POST /v1/worker/jobs/{id}/finish", 200, $"/v1/worker/jobs/{work}/finish", $$"""{ {{held}}, "outcome": "succeeded"}""");
        await Ask("POST /v1/worker/leave", 200, "/v1/worker/leave", $$"""{ {{who}} }""");
        await Ask("POST /v1/callbacks/{token}", 404, "/v1/callbacks/none", """{"outcome": "succeeded"}""");
        await Ask("DELETE /v1/tools/{name}", 204, $"/v1/tools/{name}");

        await Ask("GET /v1/audit", 200, "/v1/audit?limit=1");
        await Ask("GET /v1/stats", 200, "/v1/stats");
        var node = (await Ask("GET /v1/nodes", 200, "/v1/nodes"))!.Value.GetProperty("items")[0].GetProperty("node").GetString();
        await Ask("POST /v1/nodes/{node}/drain", 200, $"/v1/nodes/{node}/drain");
        await Ask("POST /v1/nodes/{node}/resume", 200, $"/v1/nodes/{node}/resume");

        var listed = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        Assert.Equal(listed.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    private static async Task SubmitAsync(HttpClient http, string tool)
    {
        using var content = new StringContent($$"""{"tool": "{{tool}}"}""", Encoding.UTF8, "application/json");
        using var submitted = await http.PostAsync(new Uri("/v1/jobs", UriKind.Relative), content);
        Assert.Equal(202, (int)submitted.StatusCode);
    }
}
