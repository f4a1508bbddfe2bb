using System.Text.Json.Nodes;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Samples.Data;

namespace Meanwhile.EndToEnd.Tests.Commands;

public sealed class AdministrationCommandTests(SampleServer sample)
{
    [Fact]
    public async Task A_source_is_added_probed_changed_and_removed()
    {
        SampleDatabase.Create(Path.Combine(sample.Server.SourcesDirectory, "spare.db"), CellForm.Typed);

        (await sample.RunAsync("sources", "add", "spare", "--setting", "path=spare.db")).Succeeded();
        var again = await sample.RunAsync("sources", "add", "spare", "--setting", "path=spare.db");
        var probe = await sample.RunAsync("sources", "probe", "spare");
        var changed = await sample.RunAsync("sources", "set", "spare", "--settings", """{"path": "spare.db"}""", "--writable", "--concurrency", "2");
        var written = await sample.RunAsync("query", "--source", "spare", "update airports set city = city where state = 'AK'");
        var listed = await sample.RunAsync("sources", "list");
        (await sample.RunAsync("sources", "remove", "spare")).Succeeded();
        var gone = await sample.RunAsync("sources", "show", "spare");

        Assert.Equal(8, again.Code);
        Assert.StartsWith("spare can be used", probe.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("writable", changed.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("263 rows affected.", written.Error, StringComparison.Ordinal);
        Assert.Contains("spare", listed.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(5, gone.Code);
    }

    [Fact]
    public async Task A_setting_that_is_JSON_is_taken_as_such_and_a_quoted_one_as_text()
    {
        var added = await sample.RunAsync("sources", "add", "numbered", "--setting", "path=\"2024\"", "--writable", "--setting", "create=true", "--setting", "cache_size_kib=4096", "--json");
        var set = await sample.RunAsync("sources", "set", "numbered", "--setting", "path=2024.db", "--setting", "busy_timeout_ms=100", "--json");
        var bare = await sample.RunAsync("sources", "set", "numbered", "--setting", "path=2024");
        (await sample.RunAsync("sources", "remove", "numbered")).Succeeded();

        Assert.Equal("""{"path":"2024","create":true,"cache_size_kib":4096}""", SettingsIn(added));
        Assert.Equal("""{"path":"2024.db","busy_timeout_ms":100}""", SettingsIn(set));
        Assert.Equal(2, bare.Code);
        Assert.Contains("settings.path: ", bare.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_that_fails_ends_with_1_and_says_why()
    {
        (await sample.RunAsync("sources", "add", "missing", "--setting", "path=missing.db")).Succeeded();

        var probe = await sample.RunAsync("sources", "probe", "missing");

        Assert.Equal(1, probe.Code);
        Assert.Contains("can't be used", probe.Out, StringComparison.Ordinal);
        (await sample.RunAsync("sources", "remove", "missing")).Succeeded();
    }

    [Fact]
    public async Task A_source_outside_the_allowed_folders_is_refused_field_by_field()
    {
        var end = await sample.RunAsync("sources", "add", "outside", "--setting", "path=/etc/passwd");

        Assert.Equal(2, end.Code);
        Assert.Contains("settings.path: ", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_made_used_and_revoked()
    {
        var token = (await sample.RunAsync("keys", "create", "--name", "reporting", "--own-jobs-only")).Succeeded();
        var listed = (await sample.RunAsync("keys", "list")).Lines.Single(line => line.Contains("reporting", StringComparison.Ordinal));

        var allowed = await sample.RunAsync("query", "--key", token, "--source", "flights", "select 1");
        var denied = await sample.RunAsync("keys", "list", "--key", token);
        (await sample.RunAsync("keys", "revoke", listed.Split(' ')[0])).Succeeded();
        var revoked = await sample.RunAsync("list", "--key", token);

        Assert.StartsWith("mw_", token, StringComparison.Ordinal);
        allowed.Succeeded();
        Assert.Equal(6, denied.Code);
        Assert.Contains("forbidden", denied.Error, StringComparison.Ordinal);
        Assert.Equal(6, revoked.Code);
        Assert.Contains("hint: Give a key", revoked.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewers_key_for_one_source_reads_and_submits_nothing()
    {
        var token = (await sample.RunAsync("keys", "create", "--name", "dashboard", "--role", "viewer", "--source", "flights", "--expires-in", "30d")).Succeeded();
        var line = (await sample.RunAsync("keys", "list")).Lines.Single(line => line.Contains("dashboard", StringComparison.Ordinal));

        var sources = await sample.RunAsync("sources", "list", "--key", token);
        var denied = await sample.RunAsync("query", "--key", token, "--source", "flights", "select 1");
        var unknown = await sample.RunAsync("keys", "create", "--source", "nowhere");
        var noSpan = await sample.RunAsync("keys", "create", "--expires-in", "soon");

        Assert.Matches(@"viewer +all +flights +until ", line);
        Assert.Contains("flights", sources.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(6, denied.Code);
        Assert.Contains("this key's role is viewer", denied.Error, StringComparison.Ordinal);
        Assert.Equal(2, unknown.Code);
        Assert.Contains("sources[0]: is 'nowhere'", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, noSpan.Code);
        Assert.Contains("--expires-in 'soon' is no span of time", noSpan.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_rotated_and_its_old_secret_works_for_the_grace_alone()
    {
        var first = (await sample.RunAsync("keys", "create", "--role", "operator", "--own-jobs")).Succeeded();
        var id = first.Split('_')[1];
        var second = await sample.RunAsync("keys", "rotate", id, "--grace", "12h");
        (await sample.RunAsync("list", "--key", first)).Succeeded();
        var third = await sample.RunAsync("keys", "rotate", id);

        Assert.StartsWith($"mw_{id}_", second.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("The old secret works until ", second.Error, StringComparison.Ordinal);
        Assert.Contains("The old secret works no more.", third.Error, StringComparison.Ordinal);
        (await sample.RunAsync("list", "--key", third.Succeeded())).Succeeded();
        foreach (var ended in (string[])[first, second.Succeeded()]) Assert.Equal(6, (await sample.RunAsync("list", "--key", ended)).Code);
        Assert.Equal(2, (await sample.RunAsync("keys", "rotate", id, "--grace", "8d")).Code);
    }

    [Fact]
    public async Task A_quota_is_set_held_shown_and_removed()
    {
        var token = (await sample.RunAsync("keys", "create", "--name", "bounded")).Succeeded();
        var key = $"key:{token.Split('_')[1]}";

        var set = await sample.RunAsync("quotas", "set", key, "--live-jobs", "1", "--submissions-per-day", "100");
        (await sample.RunAsync("query", "--key", token, "--no-wait", "--delay", "3600", "--source", "flights", "select 1")).Succeeded();
        var refused = await sample.RunAsync("query", "--key", token, "--source", "flights", "select 1");
        var shown = await sample.RunAsync("quotas", "show", key, "--key", token);
        var listed = await sample.RunAsync("quotas", "list");
        (await sample.RunAsync("quotas", "remove", key)).Succeeded();

        Assert.Contains("0 of 1", set.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(7, refused.Code);
        Assert.Contains("quota_exceeded", refused.Error, StringComparison.Ordinal);
        Assert.Contains("hint: Try again in 5 s.", refused.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 1", shown.Succeeded(), StringComparison.Ordinal);
        Assert.Contains(key, listed.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(5, (await sample.RunAsync("quotas", "show", key)).Code);
    }

    [Fact]
    public async Task A_project_is_made_and_sees_nothing_of_another()
    {
        (await sample.RunAsync("projects", "create", "research", "--display-name", "Research", "--weight", "2")).Succeeded();
        var job = (await sample.RunAsync("query", "--no-wait", "--source", "flights", "select 1")).Succeeded();

        var elsewhere = await sample.RunAsync("status", job, "--project", "research");
        var shown = await sample.RunAsync("projects", "show", "research");
        var changed = await sample.RunAsync("projects", "set", "research", "--weight", "3");
        var listed = await sample.RunAsync("projects", "list");

        Assert.Equal(5, elsewhere.Code);
        Assert.Contains("Research", shown.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("3", changed.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("research", listed.Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_is_set_shown_and_removed()
    {
        var key = (await LimitKeyAsync()).Trim();

        var shown = await sample.RunAsync("limits", "show", key);
        var listed = await sample.RunAsync("limits", "list");
        (await sample.RunAsync("limits", "remove", key)).Succeeded();

        Assert.Contains("7", shown.Succeeded(), StringComparison.Ordinal);
        Assert.Contains(key, listed.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(5, (await sample.RunAsync("limits", "show", key)).Code);
    }

    [Fact]
    public async Task The_audit_tells_who_did_what()
    {
        (await sample.RunAsync("keys", "create", "--name", "audited")).Succeeded();

        var audit = await sample.RunAsync("audit", "--action", "key.create");

        Assert.Contains("key.create", audit.Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stats_and_nodes_are_shown()
    {
        (await sample.RunAsync("query", "--source", "flights", "select 1")).Succeeded();

        Assert.Matches("(?m)^succeeded +[0-9]", (await sample.RunAsync("stats")).Succeeded());
        Assert.Contains(Environment.MachineName, (await sample.RunAsync("nodes")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_drained_and_claims_again()
    {
        Assert.Matches(@"(?m)^node/1 +draining|^node/1 +drained", (await sample.RunAsync("nodes", "drain", "node")).Succeeded());
        Assert.Matches(@"(?m)^node/1 +up +api,worker,poller", (await sample.RunAsync("nodes", "resume", "node")).Succeeded());
        Assert.Contains("No node 'nobody' lives", (await sample.RunAsync("nodes", "drain", "nobody")).Error, StringComparison.Ordinal);
    }

    private static string SettingsIn(CommandEnd end) => JsonNode.Parse(end.Succeeded())!["settings"]!.ToJsonString();

    private async Task<string> LimitKeyAsync()
    {
        const string key = "key:default/nightly";
        (await sample.RunAsync("limits", "set", key, "7")).Succeeded();
        return key;
    }
}
