using System.Net;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;
using Meanwhile.Tools;

namespace Meanwhile.Server.Tests.Callbacks;

/// <summary>The tool that calls an endpoint and takes its answer later: a real endpoint, a real server.</summary>
public sealed class CallbackTests : IAsyncLifetime
{
    private const string Secret = "canary-of-an-endpoint";
    private TestEndpoint _endpoint = null!;
    private RealInstance _instance = null!;
    private IJobs _jobs = null!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("MEANWHILE_TEST_ENDPOINT", Secret);
        _endpoint = await TestEndpoint.StartAsync();
        _instance = await RealInstance.StartAsync(isFar: true, compose: Configure);
        _jobs = (await _instance.OpenAsync(_instance.AdminToken)).Jobs;
    }

    public async ValueTask DisposeAsync()
    {
        await _instance.DisposeAsync();
        await _endpoint.DisposeAsync();
    }

    [Fact]
    public async Task An_endpoint_takes_the_call_and_its_answer_ends_the_job_later()
    {
        var job = await SubmitAsync("mail", """{"to": "ann"}""");
        var call = await _endpoint.NextAsync();
        Assert.Equal(("/mail", "POST", job.Id.ToString(), "mail", "ann", "default"), (call.Path, call.Method, call.Body.Text("job_id"), call.Body.Text("tool"), call.Body.GetProperty("params").Text("to"), call.Body.Text("project")));
        Assert.Equal(($"{job.Id}-1", $"Bearer {Secret}", "application/json"), (call.Headers["Idempotency-Key"], call.Headers["Authorization"], call.Headers["Content-Type"]));
        Assert.Equal("queued_remote", (await UntilAsync(job, seen => seen.Record.Progress?.Phase == JobPhase.QueuedRemote)).Record.Progress!.Phase!.Value.Word);

        using var answer = await AnswerAsync(call, """{"outcome": "succeeded", "summary": {"sent": 1}}""");

        Assert.Equal((HttpStatusCode.OK, "succeeded"), (answer.StatusCode, (await answer.JsonAsync()).Text("status")));
        Assert.Equal("""{"sent": 1}""", (await UntilAsync(job, seen => seen.Status.IsFinal)).Record.State.Result!.Summary);
        Assert.DoesNotContain(Secret, _instance.Server.Log.Text, StringComparison.Ordinal);
        Assert.False(_endpoint.HasMore);
    }

    [Fact]
    public async Task One_answer_wins_the_same_again_answers_the_same_and_another_is_refused()
    {
        var job = await SubmitAsync("mail");
        var call = await _endpoint.NextAsync();
        using var first = await AnswerAsync(call, """{"outcome": "failed", "error": {"type": "syntax", "message": "No such person."}}""");
        using var again = await AnswerAsync(call, """{"outcome": "failed", "error": {"type": "syntax", "message": "No such person."}}""");
        using var other = await AnswerAsync(call, """{"outcome": "succeeded"}""");

        Assert.Equal(("failed", "failed"), ((await first.JsonAsync()).Text("status"), (await again.JsonAsync()).Text("status")));
        await other.ProblemAsync(409, "already_ended");
        Assert.Equal("No such person.", (await _jobs.GetAsync(job.ShortId, default)).Record.State.Error!.Message);
    }

    [Theory]
    [InlineData("/v1/callbacks/x")]
    [InlineData("/v1/callbacks/AZ-y8BI0erwN7wEjRWeJqwAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_token_that_was_not_given_is_no_callback(string path)
    {
        await SubmitAsync("mail");
        var call = await _endpoint.NextAsync();
        var forged = call.CallbackPath[..^1] + (call.CallbackPath[^1] == 'A' ? 'B' : 'A');

        foreach (var address in (string[])[path, forged])
        {
            using var answer = await _instance.Server.SendAsync(HttpMethod.Post, address, """{"outcome": "succeeded"}""", token: null);
            await answer.ProblemAsync(404, "not_found");
        }
    }

    [Theory]
    [InlineData("""{"outcome": "done"}""", "outcome")]
    [InlineData("""{}""", "outcome")]
    [InlineData("""{"outcome": "failed"}""", "error")]
    [InlineData("""{"outcome": "failed", "error": {}}""", "error.message")]
    [InlineData("""{"outcome": "failed", "error": {"message": "x", "type": "bad"}}""", "error.type")]
    [InlineData("""{"outcome": "snoozed"}""", "delay_seconds")]
    [InlineData("""{"outcome": "handed_back"}""", "outcome")]
    [InlineData("""{"outcome": "succeeded", "attempt": 1}""", "attempt")]
    [InlineData("""{"outcome": "succeeded", "columns": []}""", "columns")]
    [InlineData("""{"outcome": "succeeded", "rows": []}""", "rows")]
    [InlineData("""{"outcome": "succeeded", "delay_seconds": 1}""", "delay_seconds")]
    public async Task An_answer_that_can_not_be_names_its_field_and_changes_nothing(string body, string field)
    {
        var job = await SubmitAsync("mail");
        var call = await _endpoint.NextAsync();

        using var answer = await AnswerAsync(call, body);

        Assert.Equal([field], (await answer.ProblemAsync(400, "invalid_request")).Fields());
        Assert.Equal(JobStatus.Running, (await _jobs.GetAsync(job.ShortId, default)).Status);
    }

    [Fact]
    public async Task A_summary_that_is_too_long_is_refused()
    {
        await SubmitAsync("mail");
        var call = await _endpoint.NextAsync();

        using var long1 = await AnswerAsync(call, $$"""{"outcome": "succeeded", "summary": "{{new string('x', 70_000)}}"}""");
        using var long2 = await AnswerAsync(call, $$"""{"outcome": "succeeded", "summary": "{{new string('x', 5_000_000)}}"}""");

        Assert.Equal(["summary"], (await long1.ProblemAsync(400, "invalid_request")).Fields());
        await long2.ProblemAsync(413, "too_large");
    }

    [Fact]
    public async Task An_outcome_in_the_answer_to_the_call_itself_ends_the_job_at_once()
    {
        _endpoint.Answer("/mail", TestEndpoint.Status(200, """{"outcome": "succeeded", "summary": [1]}"""));

        var ended = await UntilAsync(await SubmitAsync("mail"), seen => seen.Status.IsFinal);

        Assert.Equal((JobStatus.Succeeded, "[1]"), (ended.Status, ended.Record.State.Result!.Summary));
    }

    [Theory]
    [InlineData(400, null, "endpoint_refused", ErrorKind.Syntax)]
    [InlineData(401, null, "endpoint_refused", ErrorKind.Auth)]
    [InlineData(404, null, "endpoint_refused", ErrorKind.NotFound)]
    [InlineData(302, null, "endpoint_answer", ErrorKind.Internal)]
    [InlineData(200, null, "endpoint_answer", ErrorKind.Internal)]
    [InlineData(200, "<html>", "endpoint_answer", ErrorKind.Internal)]
    [InlineData(200, """{"outcome": "fine"}""", "endpoint_answer", ErrorKind.Internal)]
    public async Task What_is_no_outcome_fails_the_job_and_says_why(int status, string? body, string code, ErrorKind kind)
    {
        _endpoint.Answer("/mail", TestEndpoint.Status(status, body));

        var ended = await UntilAsync(await SubmitAsync("mail"), seen => seen.Status.IsFinal);

        Assert.Equal((JobStatus.Failed, code, kind, 1), (ended.Status, ended.Record.State.Error!.Code, ended.Record.State.Error.Type, ended.Record.State.Attempt));
    }

    [Fact]
    public async Task A_busy_endpoint_is_called_again_when_it_says_and_a_failing_one_under_the_same_key()
    {
        _endpoint.Answer("/mail", TestEndpoint.Status(429, retryAfter: 1), TestEndpoint.Status(500), TestEndpoint.Status(202));
        var job = await SubmitAsync("mail");
        var busy = await _endpoint.NextAsync();
        var waiting = await UntilAsync(job, seen => seen.Record.State is { Status: JobStatus.Pending, AttemptsCounted: 1 });
        var failing = await _endpoint.NextAsync();
        var taken = await _endpoint.NextAsync();

        Assert.True(waiting.Record.State.RunAt >= job.Record.Spec.CreatedAt.AddSeconds(1));
        Assert.Equal(($"{job.Id}-1", $"{job.Id}-2", $"{job.Id}-2"), (busy.Headers["Idempotency-Key"], failing.Headers["Idempotency-Key"], taken.Headers["Idempotency-Key"]));
        using var late = await AnswerAsync(failing, """{"outcome": "succeeded"}"""); // the same call: its token is good too
        Assert.Equal("succeeded", (await late.JsonAsync()).Text("status"));
        using var stale = await AnswerAsync(busy, """{"outcome": "canceled"}""");
        await stale.ProblemAsync(409, "already_ended");
    }

    [Fact]
    public async Task A_call_that_may_be_made_once_is_in_doubt_when_the_endpoint_fails()
    {
        _endpoint.Answer("/pay", TestEndpoint.Status(502));

        var ended = await UntilAsync(await SubmitAsync("pay"), seen => seen.Status.IsFinal);

        Assert.Equal((JobStatus.Failed, ErrorKind.UnknownOutcome, 1), (ended.Status, ended.Record.State.Error!.Type, ended.Record.State.Attempt));
    }

    [Fact]
    public async Task After_a_failure_that_is_tried_again_another_call_is_made_and_the_first_is_over()
    {
        var job = await SubmitAsync("mail");
        var first = await _endpoint.NextAsync();
        using var failed = await AnswerAsync(first, """{"outcome": "failed", "error": {"type": "transient", "message": "Try later."}}""");
        var second = await _endpoint.NextAsync();
        using var stale = await AnswerAsync(first, """{"outcome": "succeeded"}""");
        using var done = await AnswerAsync(second, """{"outcome": "succeeded"}""");

        Assert.Equal("pending", (await failed.JsonAsync()).Text("status"));
        Assert.Equal($"{job.Id}-2", second.Headers["Idempotency-Key"]);
        await stale.ProblemAsync(409, "fenced");
        Assert.Equal("succeeded", (await done.JsonAsync()).Text("status"));
    }

    [Fact]
    public async Task A_cancel_that_the_endpoint_confirms_ends_the_job()
    {
        _endpoint.Answer("/cancel", TestEndpoint.Status(204));
        var job = await SubmitAsync("mail");
        await _endpoint.NextAsync();
        await UntilAsync(job, seen => seen.Record.Progress?.Phase == JobPhase.QueuedRemote);

        await _jobs.CancelAsync(job.ShortId, default);
        var cancel = await _endpoint.NextAsync();
        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);

        Assert.Equal(("/cancel", job.Id.ToString(), $"{job.Id}-1"), (cancel.Path, cancel.Body.Text("job_id"), cancel.Headers["Idempotency-Key"]));
        Assert.Equal(JobStatus.Canceled, ended.Status);
        Assert.Contains("204", ended.Record.State.Cancel!.Answer, StringComparison.Ordinal);
        Assert.NotNull(ended.Record.State.Cancel.ConfirmedAt);
    }

    [Fact]
    public async Task A_cancel_that_the_endpoint_only_takes_is_confirmed_by_its_answer()
    {
        var job = await SubmitAsync("mail");
        var call = await _endpoint.NextAsync();
        await UntilAsync(job, seen => seen.Record.Progress?.Phase == JobPhase.QueuedRemote);
        await _jobs.CancelAsync(job.ShortId, default);
        await _endpoint.NextAsync();
        Assert.Equal(JobStatus.Running, (await _jobs.GetAsync(job.ShortId, default)).Status);

        using var answer = await AnswerAsync(call, """{"outcome": "canceled"}""");

        Assert.Equal("canceled", (await answer.JsonAsync()).Text("status"));
        Assert.NotNull((await _jobs.GetAsync(job.ShortId, default)).Record.State.Cancel!.ConfirmedAt);
    }

    [Fact]
    public async Task Calls_that_are_waited_for_take_no_slot_of_the_node()
    {
        var jobs = new List<Job>();
        for (var i = 0; i < 3; i++) jobs.Add(await SubmitAsync("mail")); // the node has one slot
        var calls = new List<TestEndpoint.Received>();
        for (var i = 0; i < 3; i++) calls.Add(await _endpoint.NextAsync());

        foreach (var call in calls) (await AnswerAsync(call, """{"outcome": "succeeded"}""")).Dispose();

        foreach (var job in jobs) Assert.Equal(JobStatus.Succeeded, (await UntilAsync(job, seen => seen.Status.IsFinal)).Status);
    }

    [Fact]
    public async Task The_tool_is_listed_without_its_address_and_its_params_are_checked()
    {
        var administration = (await _instance.OpenAsync(_instance.AdminToken)).Administration;
        var tool = await administration.GetToolAsync("mail", default);
        Assert.Equal((ToolKind.Http, true, null, null), (tool.Definition.Kind, tool.FromConfiguration, tool.WorkerCount, tool.Definition.Endpoint));

        using var refused = await _instance.Server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool": "mail", "params": {"to": 3}}""", _instance.AdminToken);
        Assert.Equal(["params.to"], (await refused.ProblemAsync(400, "invalid_request")).Fields());
    }

    private void Configure(MeanwhileBuilder engine)
    {
        engine.Options.Concurrency = 1;
        engine.AddTool(new ToolDefinition
        {
            Descriptor = new ToolDescriptor { Name = "mail", Description = "Mails." },
            Kind = ToolKind.Http,
            ParamsSchema = JsonElement.Parse("""{"properties": {"to": {"type": "string"}}}"""),
            Endpoint = new HttpEndpoint
            {
                Url = new Uri(_endpoint.Address, "/mail"),
                CancelUrl = new Uri(_endpoint.Address, "/cancel"),
                Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer ${env:MEANWHILE_TEST_ENDPOINT}" },
            },
        });
        engine.AddTool(new ToolDefinition
        {
            Descriptor = new ToolDescriptor { Name = "pay", Description = "Pays.", Repeatable = false },
            Kind = ToolKind.Http,
            Endpoint = new HttpEndpoint { Url = new Uri(_endpoint.Address, "/pay") },
        });
    }

    private async Task<Job> SubmitAsync(string tool, string parameters = "{}") => (await _jobs.SubmitAsync(new JobRequest { Tool = tool, Params = JsonElement.Parse(parameters) }, default)).Job;

    private Task<HttpResponseMessage> AnswerAsync(TestEndpoint.Received call, string json) => _instance.Server.SendAsync(HttpMethod.Post, call.CallbackPath, json, token: null);

    private async Task<Job> UntilAsync(Job job, Func<Job, bool> isSo)
    {
        for (var waits = 0; !isSo(job); waits++)
        {
            Assert.True(waits < 60, $"The job did not get there: it is {job.Status.Word}, {job.WaitingReason ?? job.Record.State.Error?.Message}.");
            job = await _jobs.WaitAsync(job.Id.ToString(), job.ETag, TimeSpan.FromSeconds(1), default);
        }

        return job;
    }
}
