using System.Net;
using System.Text.Json;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Matrix;

/// <summary>A real instance with two projects, things in each, and a key for each caller of the matrix.</summary>
public sealed class MatrixInstance : IAsyncLifetime
{
    /// <summary>What only the things of the project hold: it must be in no answer to another project's caller.</summary>
    public const string OwnCanary = "canary-of-default";

    /// <summary>What only the things of the other project hold.</summary>
    public const string OtherCanary = "canary-of-other";

    /// <summary>What only jobs of the source "closed" hold.</summary>
    public const string ClosedCanary = "canary-of-closed";

    private readonly Dictionary<string, string> _tokens = [];
    private readonly Dictionary<string, string> _jobs = [];
    private RealInstance _instance = null!;
    private int _made;

    /// <summary>The job of a caller on the source "open"; of somebody else for one that submits none.</summary>
    public string JobOf(string caller) => _jobs.GetValueOrDefault(caller, Guid.Empty.ToString());

    /// <summary>A worker of the project, in its first life.</summary>
    public string Crew { get; private set; } = "";

    /// <summary>A key that has a quota.</summary>
    public string QuotaKey { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true, configure: options => options.FailedLoginsPerMinute = 0);
        _tokens["instance"] = _tokens["elsewhere"] = _instance.AdminToken;
        await AskAsync("instance", "POST", "/v1/projects", $$"""{"name": "other", "display_name": "{{OtherCanary}}"}""");
        foreach (var name in (string[])["open", "closed"]) await MakeSourceAsync("instance", name, OwnCanary);
        await MakeSourceAsync("elsewhere", OtherCanary, OtherCanary);
        await MakeKeysAsync();
        _jobs["theirs"] = await RunAsync("instance", "open", OwnCanary);
        _jobs["closed"] = await RunAsync("instance", "closed", ClosedCanary);
        foreach (var caller in MatrixTable.Callers.Where(caller => !caller.EndsWith("viewer", StringComparison.Ordinal) && caller != "worker"))
            _jobs[caller] = IsOther(caller) ? await RunAsync(caller, OtherCanary, OtherCanary) : await RunAsync(caller, "open", OwnCanary);
        foreach (var key in (string[])["source:open", "source:closed", "project:default"]) await AskAsync("instance", "PUT", $"/v1/limits/{Uri.EscapeDataString(key)}", """{"max": 100}""");
        QuotaKey = await MakeKeyAsync("instance", "quota", "{}");
        await AskAsync("instance", "PUT", "/v1/tools/crunch", """{"description": "Does a thing."}""");
        Crew = await RegisterAsync("crew");
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    /// <summary>Whether a caller acts in the other project.</summary>
    public static bool IsOther(string caller) => caller.StartsWith("other", StringComparison.Ordinal) || caller == "elsewhere";

    /// <summary>A name that was not used yet.</summary>
    public string NewName() => $"n{Interlocked.Increment(ref _made)}";

    /// <summary>The answer to a caller.</summary>
    public async Task<(HttpStatusCode Status, string Body)> SendAsync(string caller, string method, string address, string? json)
    {
        ReadOnlySpan<(string, string)> headers = caller == "elsewhere" ? [(Contracts.HeaderNames.Project, "other")] : [];
        using var response = await _instance.Server.SendAsync(new HttpMethod(method), address, json, _tokens.GetValueOrDefault(caller), headers);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>What a caller that may ask is answered.</summary>
    public async Task<JsonElement> AskAsync(string caller, string method, string address, string? json)
    {
        var (status, body) = await SendAsync(caller, method, address, json);
        Assert.True((int)status < 300, $"{method} {address}: {(int)status} {body}");
        return body.Length == 0 ? default : JsonElement.Parse(body);
    }

    /// <summary>Makes a source of an empty database.</summary>
    public Task MakeSourceAsync(string caller, string name, string file) =>
        AskAsync(caller, "POST", "/v1/sources", $$$"""{"name": "{{{name}}}", "type": "sqlite", "settings": {"path": "{{{file}}}.db", "create": true}, "options": {"read_only": false}}""");

    /// <summary>Registers a worker of the project.</summary>
    public async Task<string> RegisterAsync(string name) => (await AskAsync("instance", "POST", "/v1/worker/register", $$"""{"name": "{{name}}", "tools": ["crunch"]}""")).Text("worker")!;

    /// <summary>Makes a key, and returns its id.</summary>
    public async Task<string> MakeKeyAsync(string caller, string name, string json)
    {
        var made = await AskAsync(caller, "POST", "/v1/keys", json);
        _tokens[name] = made.Text("token")!;
        return made.GetProperty("key").Text("key_id")!;
    }

    private async Task MakeKeysAsync()
    {
        foreach (var caller in MatrixTable.Callers.Except(["instance", "elsewhere"]))
        {
            var role = caller.Split('-')[^1];
            var scope = caller.StartsWith("own-", StringComparison.Ordinal) ? ", \"own_jobs_only\": true" : caller.StartsWith("open-", StringComparison.Ordinal) ? ", \"sources\": [\"open\"]" : "";
            await MakeKeyAsync(IsOther(caller) ? "elsewhere" : "instance", caller, $$"""{"role": "{{role}}", "name": "{{(IsOther(caller) ? OtherCanary : OwnCanary)}}"{{scope}}}""");
        }

        _tokens["unknown key"] = "mw_aaaaaaaaaaaa_" + new string('a', 52);
        await AskAsync("instance", "DELETE", $"/v1/keys/{await MakeKeyAsync("instance", "revoked key", "{}")}", null);
        await AskAsync("instance", "POST", $"/v1/keys/{await MakeKeyAsync("instance", "rotated key", "{}")}/rotate", null);
        await MakeKeyAsync("instance", "expired key", """{"role": "admin", "instance_admin": true, "expires_in_days": 0.00000001}"""); // a millisecond: over before it is used
    }

    private async Task<string> RunAsync(string caller, string source, string canary)
    {
        var job = await AskAsync(caller, "POST", "/v1/queries", $$"""{"source": "{{source}}", "sql": "{{Numbers(canary)}}", "wait_seconds": 60}""");
        Assert.Equal("succeeded", job.Text("status"));
        return job.Text("job_id")!;
    }

    /// <summary>Enough rows that they are stored in a partition.</summary>
    private static string Numbers(string canary) => $"with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) select i, '{canary}' from n";
}
