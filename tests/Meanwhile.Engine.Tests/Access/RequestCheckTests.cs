using System.Text.Json;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Access;

public sealed class RequestCheckTests
{
    private static readonly JobRequest Good = TestEngine.Query("rows 1");

    public static TheoryData<string, string, JobRequest> Wrong() => new()
    {
        { "priority", "is 11; 0 to 10 is accepted", Good with { Priority = 11 } },
        { "priority", "is -1; 0 to 10 is accepted", Good with { Priority = -1 } },
        { "ttl_hours", "is 0; 1 to 168 is accepted", Good with { TtlHours = 0 } },
        { "ttl_hours", "is 169; 1 to 168 is accepted", Good with { TtlHours = 169 } },
        { "max_attempts", "is 0; 1 to 100 is accepted", Good with { MaxAttempts = 0 } },
        { "delay_seconds", "is -1; 0 to 31536000 is accepted", Good with { DelaySeconds = -1 } },
        { "delay_seconds", "is NaN; 0 to 31536000 is accepted", Good with { DelaySeconds = double.NaN } },
        { "delay_seconds", "is given together with run_at", Good with { DelaySeconds = 1, RunAt = DateTimeOffset.UnixEpoch } },
        { "run_at", "is 9999-01-01T00:00:00.0000000+00:00; at most a year from now", Good with { RunAt = new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero) } },
        { "timeout_seconds", "is 0; more than 0 and at most 604800 is accepted", Good with { TimeoutSeconds = 0 } },
        { "timeout_seconds", "is Infinity; more than 0", Good with { TimeoutSeconds = double.PositiveInfinity } },
        { "start_deadline_seconds", "is -5; more than 0 and at most 31536000", Good with { StartDeadlineSeconds = -5 } },
        { "max_cost", "is 0; more than 0 is accepted", Good with { MaxCost = 0 } },
        { "limit_key", "is 'a b'; 1 to 128 printable characters without spaces", Good with { LimitKey = "a b" } },
        { "limit_key", "is 'line?'; 1 to 128", Good with { LimitKey = "line\n" } },
        { "limit_key", "is ''; 1 to 128", Good with { LimitKey = "" } },
        { "idempotency_key", "is 'ä'; 1 to 255 printable ASCII", Good with { IdempotencyKey = "ä" } },
        { "idempotency_key", "is 'line?'; 1 to 255", Good with { IdempotencyKey = "line\n" } },
        { "labels", "has 33 labels; at most 32", Good with { Labels = Enumerable.Range(0, 33).ToDictionary(n => $"l{n}", _ => "") } },
        { "labels.Big", "is no name for a label", Good with { Labels = new Dictionary<string, string> { ["Big"] = "" } } },
        { "labels.line?", "is no name for a label", Good with { Labels = new Dictionary<string, string> { ["line\n"] = "" } } },
        { "labels.a", "more than 256 characters", Good with { Labels = new Dictionary<string, string> { ["a"] = new string('v', 257) } } },
        { "labels.a", "holds NUL", Good with { Labels = new Dictionary<string, string> { ["a"] = "\0" } } },
        { "labels.a", "lone surrogate", Good with { Labels = new Dictionary<string, string> { ["a"] = "x\ud800" } } },
        { "params", "is an array; an object is accepted", Good with { Params = Json("[]") } },
        { "params.parameters[0].x", "is not", Good with { Params = Json("""{"sql": "rows 1", "parameters": [{"x": "\ud800"}]}""") } },
        { "params", "has a field whose name is not well-formed", Good with { Params = Json("""{"sql": "rows 1", "\udc00": 1}""") } },
        { "params.sql", "is missing; the text of a statement is needed", Good with { Params = default } },
        { "params.sql", "is a number; the text of a statement is accepted", Good with { Params = Json("""{"sql": 1}""") } },
        { "params.sql", "is empty", Good with { Params = Json("""{"sql": " "}""") } },
        { "params.sql", "has 1048577 bytes; at most 1048576", Good with { Params = Json($$"""{"sql": "{{new string('x', 1048577)}}"}""") } },
        { "params.sql", "holds NUL", Good with { Params = Json("""{"sql": "rows\u00001"}""") } },
        { "params.surplus", "is not a parameter of tool 'query'; it takes sql, parameters", Good with { Params = Json("""{"sql": "x", "surplus": 1}""") } },
        { "params.parameters", "is a string; an object (by name) or an array", Good with { Params = Json("""{"sql": "x", "parameters": "p"}""") } },
        { "params.parameters", "needs a parameter", Good with { Params = Json("""{"sql": "bad parameter"}""") } },
        { "params.sql", "has bad text", Good with { Params = Json("""{"sql": "bad text"}""") } },
        { "params", "characters of JSON; at most 1048576", Good with { Params = Json($$"""{"sql": "x", "parameters": ["{{new string('x', 1048577)}}"]}""") } },
        { "tool", "is 'nothing'; known tools are query", Good with { Tool = "nothing" } },
        { "source", "is 'nowhere'; there is no such source in project 'default'", Good with { Source = "nowhere" } },
        { "source", "is missing; the name of a source is needed", Good with { Source = null } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_field_is_named_with_the_value_found_and_what_is_accepted(string field, string message, JobRequest request)
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(request, default));

        Assert.Equal(ProblemCodes.InvalidRequest, refused.Code);
        var error = Assert.Single(refused.Errors);
        Assert.Equal(field, error.Field);
        if (message != "is not") Assert.Contains(message, error.Message);
        Assert.Empty((await engine.Jobs.ListAsync(new(), null, null, default)).Items);
    }

    [Fact]
    public async Task All_wrong_fields_are_named_at_once()
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(Good with { Priority = 11, TtlHours = 0, Tool = "x" }, default));

        Assert.Equal(["priority", "ttl_hours", "tool"], refused.Errors.Select(error => error.Field));
    }

    [Fact]
    public void Parameters_nested_too_deep_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 40)) + string.Concat(Enumerable.Repeat("]", 40));

        var error = Assert.Single(RequestCheck.Errors(Good with { Params = Json($$"""{"p": {{deep}}}""") }, DateTimeOffset.UnixEpoch));

        Assert.Contains("nested more than 32 deep", error.Message);
    }

    [Fact]
    public void A_value_is_shown_short_and_without_what_a_terminal_would_obey() =>
        Assert.Equal(new string('x', 63) + "?...", RequestCheck.Shown(new string('x', 63) + "\u001b[31m"));

    [Theory]
    [InlineData("join", null, "on_duplicate")]
    [InlineData(null, "while_watched", "keep")]
    public async Task What_is_reserved_is_refused_as_not_supported(string? onDuplicate, string? keep, string field)
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(Good with { OnDuplicate = onDuplicate, Keep = keep }, default));

        Assert.Equal((ProblemCodes.NotSupported, field), (refused.Code, Assert.Single(refused.Errors).Field));
    }

    [Fact]
    public async Task A_cost_is_refused_unless_the_source_can_tell_costs()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.AddTool(new ScriptedTool((_, _, _) => Task.FromResult(""))));

        Assert.Equal(ProblemCodes.NotSupported, (await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(Good with { MaxCost = 5 }, default))).Code);
        Assert.Contains("no costs", (await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(ScriptedTool.Request() with { MaxCost = 5 }, default))).Detail);
        engine.Source.Capabilities = new SourceCapabilities { MaxCost = true };
        Assert.True((await engine.Jobs.SubmitAsync(Good with { MaxCost = 5 }, default)).Created);
    }

    [Fact]
    public async Task The_highest_cost_reaches_the_source_also_when_the_job_is_retried()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Source.Capabilities = new SourceCapabilities { MaxCost = true };
        var job = (await engine.Jobs.SubmitAsync(Good with { MaxCost = 2.5 }, default)).Job;
        await engine.EndedAsync(job.Id);

        var again = await engine.Jobs.RetryAsync(job.ShortId, default);
        await engine.EndedAsync(again.Id);
        await engine.EndedAsync((await engine.Jobs.SubmitAsync(Good, default)).Job.Id);

        Assert.Equal([2.5, 2.5, null], engine.Source.Requests.Select(request => request.CostMax));
    }

    [Fact]
    public async Task A_dry_run_checks_without_making_a_job_where_the_source_can()
    {
        await using var engine = await TestEngine.StartAsync(builder => builder.AddTool(new ScriptedTool((_, _, _) => Task.FromResult(""))));

        Assert.Equal(ProblemCodes.NotSupported, (await TestEngine.RefusedAsync(() => engine.Jobs.DryRunAsync(Good, default))).Code);
        Assert.Equal(ProblemCodes.NotSupported, (await TestEngine.RefusedAsync(() => engine.Jobs.DryRunAsync(ScriptedTool.Request(), default))).Code);
        engine.Source.Capabilities = new SourceCapabilities { DryRun = true };
        Assert.Equal(1, (await engine.Jobs.DryRunAsync(Good, default)).StatementCount);
        var wrong = await TestEngine.RefusedAsync(() => engine.Jobs.DryRunAsync(TestEngine.Query("wrong"), default));
        Assert.Equal("It is wrong. (at character 3) Write another.", Assert.Single(wrong.Errors).Message);
        Assert.Empty((await engine.Jobs.ListAsync(new(), null, null, default)).Items);
    }

    [Theory]
    [InlineData("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", true)]
    [InlineData("00-0123456789ABCDEF0123456789abcdef-0123456789abcdef-01", false)]
    [InlineData("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\n", false)]
    public async Task A_traceparent_is_kept_when_it_is_one_and_dropped_otherwise(string trace, bool isKept)
    {
        await using var engine = await TestEngine.StartAsync();

        var spec = (await engine.Jobs.SubmitAsync(Good with { TraceParent = trace }, default)).Job.Record.Spec;

        Assert.Equal(isKept ? trace : null, spec.TraceParent);
    }

    [Theory]
    [InlineData("no id")]
    [InlineData("")]
    [InlineData("j1234567")]
    public async Task What_is_no_id_is_refused_as_that(string id)
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.GetAsync(id, default));

        Assert.Equal((ProblemCodes.InvalidRequest, "job_id"), (refused.Code, Assert.Single(refused.Errors).Field));
    }

    [Fact]
    public async Task Batches_of_none_and_of_too_many_are_refused()
    {
        await using var engine = await TestEngine.StartAsync();

        Assert.Equal("jobs", Assert.Single((await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync([], default))).Errors).Field);
        Assert.Equal("jobs", Assert.Single((await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(Enumerable.Repeat(Good, 1001).ToList(), default))).Errors).Field);
        Assert.Equal("job_ids", Assert.Single((await TestEngine.RefusedAsync(() => engine.Jobs.CancelAsync([], default))).Errors).Field);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
