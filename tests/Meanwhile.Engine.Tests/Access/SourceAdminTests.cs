using System.Text.Json;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Sources;

namespace Meanwhile.Access;

public sealed class SourceAdminTests
{
    private const string Canary = "canary-4f1c9e";
    private static readonly Caller ProjectAdmin = new() { Project = "default", Principal = "pa", Role = Role.Admin };

    public static SourceRequest Source(string name, string settings = "{}", SourceOptions? options = null, string type = ScriptedSource.TypeName) =>
        new(name, type, JsonDocument.Parse(settings).RootElement, options ?? new SourceOptions());

    public static TheoryData<string, string, SourceRequest> Wrong() => new()
    {
        { "name", "is 'Bad Name'; 1 to 63 characters", Source("Bad Name") },
        { "name", "is 'line?'; 1 to 63 characters", Source("line\n") },
        { "type", "is 'oracle'; known types are scripted", Source("a", type: "oracle") },
        { "settings", "is an array; an object is accepted", Source("a", "[]") },
        { "settings", "characters of JSON; at most 65536 are accepted", Source("a", $$"""{"x": "{{new string('x', 70_000)}}"}""") },
        { "settings.bad", "is bad", Source("a", """{"bad": 1}""") },
        { "options.concurrency", "is 0; 1 to 1000 is accepted", Source("a", options: new() { Concurrency = 0 }) },
        { "options.statement_timeout_seconds", "is 0; more than 0", Source("a", options: new() { StatementTimeout = TimeSpan.Zero }) },
        { "options.statement_timeout_seconds", "is 691200; more than 0 and at most 604800", Source("a", options: new() { StatementTimeout = TimeSpan.FromDays(8) }) },
        { "options.max_rows", "is 0; 1 or more", Source("a", options: new() { RowsMax = 0 }) },
        { "options.max_result_bytes", "is -1; 1 or more", Source("a", options: new() { ResultBytesMax = -1 }) },
        { "options.max_cell_bytes", "is 0; 1 to 67108864", Source("a", options: new() { CellBytesMax = 0 }) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_definition_is_refused_field_by_field(string field, string message, SourceRequest request)
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(request, create: true, default));

        var error = Assert.Single(refused.Errors);
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public async Task A_source_is_made_changed_used_and_removed_with_an_audit_entry_each()
    {
        await using var engine = await TestEngine.StartAsync();
        var made = await engine.Administration.PutSourceAsync(Source("own", """{"a": 1}""", new() { RowsMax = 5, StatementTimeout = TimeSpan.FromSeconds(9), ResultBytesMax = 1000, CellBytesMax = 100, Concurrency = 2, ReadOnly = false }), create: true, default);
        var again = await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(Source("own"), create: true, default));
        var job = await engine.RunAsync(TestEngine.Query("rows 50", "own"));
        var changed = await engine.Administration.PutSourceAsync(Source("own", """{"a": 2}"""), create: false, default);
        await engine.Administration.DeleteSourceAsync("own", default);

        Assert.Equal((1, false), (made.Version, made.FromConfiguration));
        Assert.Equal(ProblemCodes.AlreadyExists, again.Code);
        Assert.Equal(2, changed.Version);
        Assert.Equal((JobStatus.Succeeded, TimeSpan.FromSeconds(9)), (job.Status, job.Record.Spec.Timeout));
        Assert.Equal(5, (await engine.Jobs.ReadResultAsync(job.ShortId, new(), default)).RowCount);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Administration.GetSourceAsync("own", default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Administration.DeleteSourceAsync("own", default).AsTask())).Code);
        var audit = await engine.Administration.ReadAuditAsync(null, false, null, null, default);
        Assert.Equal(["source.remove", "source.change", "source.create"], audit.Items.Where(entry => entry.Subject == "own").Select(entry => entry.Action));
    }

    [Fact]
    public async Task A_job_whose_source_was_removed_fails_when_its_turn_comes()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Administration.PutSourceAsync(Source("own", options: new() { Concurrency = 1 }), create: true, default);
        var running = await engine.Jobs.SubmitAsync(TestEngine.Query("wait", "own"), default);
        await engine.UntilAsync(running.Job.Id, job => job.Status == JobStatus.Running);
        var waiting = await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1", "own"), default);
        await engine.Administration.DeleteSourceAsync("own", default);
        engine.Source.ReleaseAll();

        var job = await engine.EndedAsync(waiting.Job.Id);

        Assert.Equal((JobStatus.Failed, "unknown_source"), (job.Status, job.Record.State.Error!.Code));
        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(running.Job.Id)).Status);
    }

    [Fact]
    public async Task A_name_of_the_configuration_can_not_be_taken_changed_or_removed()
    {
        await using var engine = await TestEngine.StartAsync();

        Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(Source("db"), true, default))).Code);
        Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(Source("db"), false, default))).Code);
        Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => engine.Administration.DeleteSourceAsync("db", default).AsTask())).Code);
        Assert.True((await engine.Administration.GetSourceAsync("db", default)).FromConfiguration);
    }

    [Fact]
    public async Task A_configuration_that_names_a_source_twice_does_not_start()
    {
        await using var engine = TestEngine.Make(builder => builder.AddSource(new SourceDefinition("", "db", ScriptedSource.TypeName, default, new())));

        Assert.Contains("'db' twice", (await TestEngine.RefusedAsync(() => engine.Host.StartAsync(default))).Detail);
    }

    [Fact]
    public async Task What_an_instance_admin_defined_only_an_instance_admin_changes()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Administration.PutSourceAsync(Source("wide"), true, default);
        var project = engine.Host.AdministrationAs(ProjectAdmin);

        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => project.PutSourceAsync(Source("wide"), false, default))).Code);
        await engine.Administration.PutSourceAsync(Source("wide"), false, default);

        await project.DeleteSourceAsync("wide", default);
        await project.PutSourceAsync(Source("wide"), true, default);
        await project.PutSourceAsync(Source("wide"), false, default);
    }

    [Fact]
    public async Task There_are_at_most_as_many_sources_as_the_options_say()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Options.SourcesMax = 1);
        await engine.Administration.PutSourceAsync(Source("one"), true, default);

        Assert.Equal(ProblemCodes.TooMany, (await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(Source("two"), true, default))).Code);
        await engine.Administration.PutSourceAsync(Source("one"), false, default);
    }

    [Fact]
    public async Task Settings_are_hidden_from_submitters_and_those_of_the_configuration_from_projects()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.AddSource(new SourceDefinition("", "shared", ScriptedSource.TypeName, JsonDocument.Parse("""{"host": "inner"}""").RootElement, new())));
        await engine.Administration.PutSourceAsync(Source("own", """{"host": "mine"}"""), true, default);

        async Task<string> SeenAsync(Caller caller, string name) => (await engine.Host.AdministrationAs(caller).GetSourceAsync(name, default)).Definition.Settings.GetRawText();

        Assert.Equal("{}", await SeenAsync(TestEngine.Submitter(), "own"));
        Assert.Equal("{}", await SeenAsync(TestEngine.Submitter(), "shared"));
        Assert.Contains("mine", await SeenAsync(ProjectAdmin, "own"));
        Assert.Equal("{}", await SeenAsync(ProjectAdmin, "shared"));
        Assert.Contains("inner", await SeenAsync(TestEngine.Admin, "shared"));
        Assert.All((await engine.Host.AdministrationAs(TestEngine.Submitter()).ListSourcesAsync(null, null, default)).Items, info => Assert.Equal("{}", info.Definition.Settings.GetRawText()));
    }

    [Fact]
    public async Task A_secret_reaches_the_source_and_nothing_else()
    {
        Environment.SetEnvironmentVariable("MEANWHILE_TEST_CANARY", Canary);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Canary + "-file\n");
        await using var engine = await TestEngine.StartAsync();
        const string settings = """{"password": "x${env:MEANWHILE_TEST_CANARY}y", "n": 1, "none": null, "nested": {"key": ["${file:FILE}", 2]}}""";

        var info = await engine.Administration.PutSourceAsync(Source("secret", settings.Replace("FILE", file, StringComparison.Ordinal)), true, default);
        var job = await engine.RunAsync(TestEngine.Query("fail syntax", "secret"));
        await engine.Administration.ProbeSourceAsync("secret", default);

        var made = engine.Source.Sources.Single(source => source.Definition.Name == "secret");
        Assert.Equal($"x{Canary}y", made.Definition.Settings.GetProperty("password").GetString());
        Assert.Equal(Canary + "-file", made.Definition.Settings.GetProperty("nested").GetProperty("key")[0].GetString());
        Assert.Equal(1, made.Definition.Settings.GetProperty("n").GetInt32());
        var documents = await ((IRegistry)engine.Store).ListAsync(DocumentKinds.Source, null, null, 100, default);
        var audit = await engine.Administration.ReadAuditAsync(null, true, null, null, default);
        var events = await engine.Jobs.ReadEventsAsync(null, new(), default);
        Assert.DoesNotContain(Canary, string.Join(' ', documents) + string.Join(' ', audit.Items) + string.Join(' ', events.Items) + info.Definition.Settings.GetRawText() + job.Record + engine.Log);
        Assert.Contains("MEANWHILE_TEST_CANARY", string.Join(' ', documents));
    }

    [Theory]
    [InlineData("${env:MEANWHILE_TEST_MISSING}")]
    [InlineData("${file:/nonexistent/secret}")]
    [InlineData("${file:/tmp}")]
    public async Task A_reference_that_points_at_nothing_is_named_by_the_job_and_by_the_probe(string reference)
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Administration.PutSourceAsync(Source("broken", $$"""{"password": "{{reference}}"}"""), true, default);

        var job = await engine.RunAsync(TestEngine.Query("rows 1", "broken"));
        var probe = await engine.Administration.ProbeSourceAsync("broken", default);

        Assert.Equal((JobStatus.Failed, "unusable_source"), (job.Status, job.Record.State.Error!.Code));
        Assert.Contains(reference, job.Record.State.Error.Message);
        Assert.Contains(reference, probe.Error!.Message);
    }

    [Fact]
    public async Task Without_rules_an_instance_admin_may_use_any_reference_and_a_project_none()
    {
        await using var engine = await TestEngine.StartAsync();
        var request = Source("a", """{"list": [{"password": "${env:X}"}]}""");

        var refused = await TestEngine.RefusedAsync(() => engine.Host.AdministrationAs(ProjectAdmin).PutSourceAsync(request, true, default));
        await engine.Administration.PutSourceAsync(request, true, default);

        Assert.Equal("settings.list.password", Assert.Single(refused.Errors).Field);
        Assert.Contains("${env:X} is not allowed for project 'default'", refused.Errors[0].Message);
    }

    [Theory]
    [InlineData("${env:PG_ONE}", true)]
    [InlineData("${env:PG_TWO}", false)]
    [InlineData("${file:/run/secrets/a}", true)]
    [InlineData("${file:/run/secrets/../shadow}", false)]
    [InlineData("${file:/etc/shadow}", false)]
    [InlineData("${env:OTHERS}", false)]
    [InlineData("${env:EVERYBODYS}", true)]
    public async Task Rules_say_which_references_a_project_may_use_and_bind_the_instance_admin_too(string reference, bool isAllowed)
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Allow([
            new SourceRules { Projects = ["default"], References = ["env:PG_ONE", "file:/run/secrets/*"] },
            new SourceRules { Projects = ["other"], References = ["env:OTHERS"] },
            new SourceRules { References = ["env:EVERYBODYS"] }]));
        var request = Source("a", $$"""{"password": "{{reference}}"}""");

        foreach (var door in new[] { engine.Host.AdministrationAs(ProjectAdmin), engine.Administration }) // what the project has defined the instance admin may change
        {
            if (isAllowed) await door.PutSourceAsync(request, false, default);
            else Assert.Equal("settings.password", Assert.Single((await TestEngine.RefusedAsync(() => door.PutSourceAsync(request, false, default))).Errors).Field);
        }
    }

    [Fact]
    public async Task Rules_say_which_kinds_of_sources_a_project_may_define()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.Allow([new SourceRules { Projects = ["default"], Types = ["postgres"] }, new SourceRules { Projects = ["other"] }]));

        var refused = await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(Source("a"), true, default));
        await engine.Host.AdministrationAs(new Caller { Project = "other", Principal = "pa", Role = Role.Admin }).PutSourceAsync(Source("a"), true, default);

        Assert.Contains("is not allowed for project 'default'", Assert.Single(refused.Errors).Message);
    }

    [Fact]
    public async Task A_changed_source_serves_new_statements_and_the_old_one_goes_with_its_last_statement()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Administration.PutSourceAsync(Source("own", """{"v": 1}"""), true, default);
        var running = await engine.Jobs.SubmitAsync(TestEngine.Query("wait", "own"), default);
        await engine.UntilAsync(running.Job.Id, job => job.Status == JobStatus.Running);

        await engine.Administration.PutSourceAsync(Source("own", """{"v": 2}"""), false, default);
        await engine.RunAsync(TestEngine.Query("rows 1", "own"));
        var (old, fresh) = (engine.Source.Sources.First(), engine.Source.Sources.Last());
        Assert.Equal((false, false), (old.IsDisposed, fresh.IsDisposed));
        engine.Source.ReleaseAll();
        await engine.EndedAsync(running.Job.Id);

        Assert.Equal((true, false), (old.IsDisposed, fresh.IsDisposed));
        Assert.Equal(2, fresh.Definition.Settings.GetProperty("v").GetInt32());
    }

    [Fact]
    public async Task A_changed_source_that_nobody_uses_goes_when_the_new_one_is_first_used()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Administration.PutSourceAsync(Source("own", """{"v": 1}"""), true, default);
        await engine.RunAsync(TestEngine.Query("rows 1", "own"));

        await engine.Administration.PutSourceAsync(Source("own", """{"v": 2}"""), false, default);
        await engine.RunAsync(TestEngine.Query("rows 1", "own"));

        Assert.True(engine.Source.Sources.First().IsDisposed);
        await engine.Host.StopAsync(default);
        await engine.Host.DisposeAsync();
        Assert.All(engine.Source.Sources, source => Assert.True(source.IsDisposed));
    }

    [Fact]
    public async Task A_probe_says_what_the_source_answers_and_gives_up_on_one_that_does_not()
    {
        var clock = new Testing.Time.ManualTimeProvider();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var engine = await TestEngine.StartAsync(time: clock);
        Assert.Null((await engine.Administration.ProbeSourceAsync("db", default)).Error);
        engine.Source.OnProbe = async stop =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return null;
        };

        var probing = engine.Administration.ProbeSourceAsync("db", default).AsTask();
        await TestEngine.WithinAsync(asked.Task);
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(ErrorKind.Timeout, (await probing).Error!.Type);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Administration.ProbeSourceAsync("nowhere", default))).Code);
        await engine.Host.StopAsync(default);
    }
}
