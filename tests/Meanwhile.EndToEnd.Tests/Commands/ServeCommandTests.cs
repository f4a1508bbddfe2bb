using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Samples.Data;

namespace Meanwhile.EndToEnd.Tests.Commands;

public sealed class ServeCommandTests(SampleServer sample)
{
    [Theory]
    [InlineData("connection string can't be read", "--store", "Hoost=x")]
    [InlineData("names the variable NOWHERE_SET", "--store", "Host=x;Password=${env:NOWHERE_SET}")]
    [InlineData("--results is for --store", "--results", "results")]
    [InlineData("--roles api is not possible here", "--roles", "api")]
    [InlineData("is not loopback", "--url", "http://0.0.0.0:0")]
    [InlineData("HTTPS is not there yet", "--url", "https://127.0.0.1:0")]
    public async Task What_is_not_possible_is_refused_with_a_sentence(string sentence, params string[] arguments)
    {
        using var folder = new Folder();
        var end = await sample.RunAsync(["serve", "--data", folder.File("data"), .. arguments]);

        Assert.Equal(2, end.Code);
        Assert.Contains(sentence, end.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("data")));
    }

    [Fact]
    public async Task A_concurrency_that_is_no_number_is_refused()
    {
        using var folder = new Folder();
        var end = await sample.RunAsync(["serve", "--data", folder.Path], null, ("WORKER_CONCURRENCY", "many"));

        Assert.Equal(2, end.Code);
        Assert.Contains("WORKER_CONCURRENCY is 'many'", end.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "allow": [{ "types": ["sqlite"] }, { "hosts": ["db example"] }] }""", "allow[1].hosts holds what is no host")]
    [InlineData("""{ "limits": { "sqlite_memory_bytes": 1000 } }""", "limits.sqlite_memory_bytes is 1000; 67108864 and more is accepted.")]
    [InlineData("""{ "limits": { "shutdown_delay_seconds": 61 } }""", "limits.shutdown_delay_seconds is 61; 0 to 60 is accepted.")]
    [InlineData("""{ "limits": { "requests_per_second": -1 } }""", "limits.requests_per_second is -1; 0 (any) and more is accepted.")]
    [InlineData("""{ "defaults": { "worker_dead_seconds": 9 } }""", "defaults.worker_dead_seconds is 9; 10 to 3600 is accepted.")]
    [InlineData("""{ "public_url": "example" }""", "public_url is 'example'; an absolute http or https address is accepted.")]
    [InlineData("""{ "tools": [{ "name": "a", "description": "Does a thing.", "type": "soap" }] }""", "Tool 'a' of the configuration file is of type 'soap'; worker and http are accepted.")]
    [InlineData("""{ "tools": [{ "name": "a", "description": "Does a thing.", "type": "http", "url": "http://example.org/" }] }""", "tool 'a': url is 'http://example.org/'; an absolute https address is accepted")]
    public async Task What_the_configuration_can_not_hold_is_refused_by_serve_and_told_by_the_doctor(string configuration, string refusal)
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), configuration);

        var end = await sample.RunAsync("serve", "--data", folder.File("data"), "--config", folder.File("meanwhile.json"));
        var doctor = await sample.RunAsync("doctor", "--config", folder.File("meanwhile.json"));

        Assert.Equal(2, end.Code);
        Assert.Contains(refusal, end.Error, StringComparison.Ordinal);
        Assert.Contains(refusal, doctor.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("data")));
    }

    [Fact]
    public async Task A_second_server_on_one_data_directory_names_the_first()
    {
        var end = await sample.RunAsync("serve", "--data", sample.Server.DataDirectory, "--url", "http://127.0.0.1:0");

        Assert.Equal(8, end.Code);
        Assert.Contains(sample.Server.Address.ToString().TrimEnd('/'), end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_refused()
    {
        using var folder = new Folder();
        var end = await sample.RunAsync("serve", "--data", folder.File("data"), "--url", sample.Server.Address.ToString());

        Assert.Equal(8, end.Code);
        Assert.Contains("in use", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_of_the_configuration_file_is_there_and_can_not_be_changed()
    {
        using var folder = new Folder();
        SampleDatabase.Create(folder.File("flights.db"), CellForm.Typed);
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), $$"""
            {
              // Sources that every project shares.
              "sources": [{ "name": "shared", "type": "sqlite", "settings": { "path": "{{folder.File("flights.db")}}" }, "options": { "max_rows": 2 } }],
              "allow": [{ "path_roots": ["{{folder.Path}}"] }],
              "limits": { "concurrency": 3 },
              "defaults": { "project": "main" }
            }
            """);
        await using var server = await ServerProcess.StartAsync(["--config", folder.File("meanwhile.json")]);
        Task<CommandEnd> Run(params string[] arguments) => sample.RunAsync([.. arguments, "--server", server.Address.ToString(), "--key", server.AdminKey], null);

        var rows = await Run("query", "--source", "shared", "select iata from airports");
        var removed = await Run("sources", "remove", "shared");

        Assert.Equal(4, Assert.IsType<string>(rows.Succeeded()).Split('\n').Length);
        Assert.Contains("cut by the limit on rows", rows.Error, StringComparison.Ordinal);
        var script = (await Run("query", "--no-wait", "--source", "shared", "select iata from airports; select 1")).Succeeded().Trim();
        (await Run("watch", script)).Succeeded();
        using var job = JsonDocument.Parse((await Run("status", script, "--json")).Succeeded());
        Assert.False(job.RootElement.GetProperty("result").GetProperty("complete").GetBoolean()); // a statement before the last was cut
        Assert.Equal(8, removed.Code);
        Assert.Contains("of 3", (await Run("stats")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("main", (await Run("projects", "list")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_admin_key_is_shown_once_and_kept_in_a_file_of_the_owners_where_one_is_named()
    {
        await using var server = await ServerProcess.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.AdminKeyFile));
        Assert.DoesNotContain(server.AdminKey, server.Process.Out + server.Process.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_takes_no_more_jobs_and_answers_about_those_it_has_until_its_work_is_let_go()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.MakeSourceAsync("db");
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.AdminKey);
        Task<HttpResponseMessage> Submit(string sql, int wait = 0) =>
            http.PostAsync("/v1/queries", new StringContent($$"""{"source": "db", "sql": "{{sql}}", "wait_seconds": {{wait}}}""", Encoding.UTF8, "application/json"));
        async Task<JsonElement> Json(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync());
        using var ended = await Submit("select 7", wait: 60);
        var done = (await Json(ended)).GetProperty("job_id").GetString();
        using var begun = await Submit(Ask.ForHours);
        var running = (await Json(begun)).GetProperty("job_id").GetString();
        await server.UntilAsync("The job runs", async () => (await http.GetStringAsync($"/v1/jobs/{running}")).Contains("\"running\"", StringComparison.Ordinal), TimeSpan.FromSeconds(30));

        server.Process.Signal(PosixSignal.SIGTERM); // and the running statement takes all of its grace
        await server.UntilAsync("It stops", async () => (await http.GetAsync("/healthz/ready")).StatusCode == HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(30));
        var (submission, result) = (Submit("select 8"), http.GetStringAsync($"/v1/jobs/{done}/result")); // side by side: the grace is short
        using var refused = await submission;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("The server is stopping", (await Json(refused)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("[7]", await result, StringComparison.Ordinal);
        Assert.Equal(0, await server.Process.EndAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_server_that_is_asked_to_stop_hands_its_work_back_and_goes_on_when_it_is_started_again()
    {
        await using var server = await ServerProcess.StartAsync();
        SampleDatabase.Create(Path.Combine(server.SourcesDirectory, "flights.db"), CellForm.Typed);
        Task<CommandEnd> Run(params string[] arguments) => sample.RunAsync([.. arguments, "--server", server.Address.ToString(), "--key", server.AdminKey], null);
        (await Run("sources", "add", "flights", "--setting", "path=flights.db")).Succeeded();
        var job = (await Run("query", "--no-wait", "--source", "flights", "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c")).Succeeded();
        await server.UntilAsync("The job runs", async () => (await Run("status", job)).Out.Contains("status        running", StringComparison.Ordinal), TimeSpan.FromSeconds(30));

        Assert.Equal(0, await server.TerminateAsync());
        await server.StartAgainAsync();

        await server.UntilAsync("The job runs again", async () => (await Run("status", job)).Out.Contains("attempt       2 (0 of 3 counted)", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        (await Run("cancel", job)).Succeeded();
        Assert.Equal(3, (await Run("watch", job)).Code);
    }
}
