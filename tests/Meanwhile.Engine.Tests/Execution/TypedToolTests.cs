using System.Text;
using Meanwhile.Access;
using Meanwhile.Events;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Settings;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

public sealed class TypedToolTests
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_tool_reads_its_parameters_and_its_result_is_the_jobs_summary()
    {
        await using var engine = await StartAsync((parameters, _, _) => Task.FromResult($"{parameters.N} {parameters.Text}"));

        var job = await engine.RunAsync(ScriptedTool.Request("""{"n": 4, "text": "ä"}"""));

        var page = await engine.Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default);
        Assert.Equal(ScriptedTool.Request("""{"said": "4 ä"}""").Params.GetProperty("said").GetString(), System.Text.Json.JsonDocument.Parse(page.Summary!).RootElement.GetProperty("said").GetString());
    }

    [Theory]
    [InlineData("""{"n": 1, "surplus": 2}""", "params.surplus", "it takes list, n, text")]
    [InlineData("""{"n": "one"}""", "params.n", "could not be converted")]
    [InlineData("""{"list": [1, "two"]}""", "params.list[1]", "could not be converted")]
    [InlineData("""{"N": 1}""", "params.N", "is not a parameter of tool 'work'")]
    public async Task Parameters_that_do_not_fit_are_refused_at_the_door_with_their_path(string parameters, string field, string message)
    {
        await using var engine = await StartAsync((_, _, _) => Task.FromResult(""));

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(ScriptedTool.Request(parameters), default));

        var error = Assert.Single(refused.Errors);
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain("BytePosition", error.Message);
    }

    [Fact]
    public async Task A_source_for_a_tool_without_one_is_refused()
    {
        await using var engine = await StartAsync((_, _, _) => Task.FromResult(""));

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(ScriptedTool.Request() with { Source = "db" }, default));

        Assert.Equal("source", Assert.Single(refused.Errors).Field);
    }

    [Fact]
    public async Task Progress_counters_and_log_lines_are_seen_while_it_runs_and_the_log_afterwards_too()
    {
        await using var engine = await StartAsync(async (_, context, _) =>
        {
            context.Progress(0.5, "half");
            context.Count("rows", 12);
            context.Log("first line");
            await _end.Task;
            context.Log("last line");
            return "done";
        });
        var accepted = await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default);
        var seen = await engine.UntilAsync(accepted.Job.Id, job => job.Record.Progress is { LogBytes: > 0 });

        Assert.Equal((0.5, "half", 12, JobPhase.Executing), (seen.Record.Progress!.Fraction, seen.Record.Progress.Message, seen.Record.Progress.Counters["rows"], seen.Record.Progress.Phase));
        Assert.Equal("first line\n", await LogAsync(engine, accepted.Job.ShortId, null));
        _end.SetResult();
        await engine.EndedAsync(accepted.Job.Id);
        Assert.Equal("first line\nlast line\n", await LogAsync(engine, accepted.Job.ShortId, 1));
        var events = await engine.Jobs.ReadEventsAsync(accepted.Job.ShortId, new EventQuery { Kinds = ["job.progress"] }, default);
        Assert.Equal(0.5, Assert.Single(events.Items).Event.Data.Detail!.Fraction);
    }

    [Fact]
    public async Task The_log_of_an_attempt_that_wrote_none_is_empty_and_of_one_that_was_not_is_not_there()
    {
        await using var engine = await StartAsync((_, _, _) => Task.FromResult("done"));
        var job = await engine.RunAsync(ScriptedTool.Request());

        Assert.Equal("", await LogAsync(engine, job.ShortId, null));
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Jobs.OpenLogAsync(job.ShortId, 2, default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => engine.Jobs.OpenLogAsync(job.ShortId, 0, default))).Code);
    }

    [Fact]
    public async Task A_log_that_can_not_be_written_takes_nobodys_progress_and_the_job_ends_as_it_would()
    {
        var blobs = new Blobs.FaultyBlobStore(new Blobs.ModelBlobStore()) { FullFromAppend = 1 };
        await using var engine = await StartAsync(
            async (_, context, _) =>
            {
                context.Log("lost");
                context.Progress(0.7);
                await _end.Task;
                context.Log("lost too");
                return "done";
            },
            blobs: blobs);
        var accepted = await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default);

        await engine.UntilAsync(accepted.Job.Id, job => job.Record.Progress?.Fraction == 0.7);
        _end.SetResult();

        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(accepted.Job.Id)).Status);
        Assert.Contains("log lines", engine.Log);
    }

    [Fact]
    public async Task A_checkpoint_is_inherited_by_the_attempt_after_an_engine_that_vanished()
    {
        var vanished = await StartAsync(async (_, context, stop) =>
        {
            await context.SaveCheckpointAsync(new ToolPlace(3), ToolJson.Default.ToolPlace, stop);
            context.Progress(0.3, "checkpointed");
            await _end.Task;
            return "too late";
        });
        var accepted = await vanished.Jobs.SubmitAsync(ScriptedTool.Request(), default);
        await vanished.UntilAsync(accepted.Job.Id, job => job.Record.Progress?.Fraction is not null);

        await using var next = await StartAsync((_, context, _) => Task.FromResult($"went on from {context.Checkpoint(ToolJson.Default.ToolPlace)?.Step} in attempt {context.Attempt} of {context.Job}"), vanished);
        var job = await next.EndedAsync(accepted.Job.Id);

        var page = await next.Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default);
        Assert.Contains($"went on from 3 in attempt 2 of {job.Id}", page.Summary);
        Assert.Equal(1, job.Record.State.AttemptsCounted);
        _end.SetResult(); // what the vanished engine still writes is fenced
        await vanished.DisposeAsync();
        Assert.Equal(job.Record.State, (await next.Jobs.GetAsync(job.ShortId, default)).Record.State);
        Assert.Equal(["rescued", "succeeded"], (await next.Jobs.AttemptsAsync(job.ShortId, default)).Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task A_checkpoint_of_more_than_64_KiB_is_refused_and_the_job_says_why()
    {
        await using var engine = await StartAsync(async (_, context, stop) =>
        {
            await context.SaveCheckpointAsync(new ToolParams(Text: new string('x', 70_000)), ToolJson.Default.ToolParams, stop);
            return "";
        });

        var job = await engine.RunAsync(ScriptedTool.Request() with { MaxAttempts = 1 });

        Assert.Equal((JobStatus.Failed, "tool_threw"), (job.Status, job.Record.State.Error!.Code));
        Assert.Contains("65536", job.Record.State.Error.Message);
    }

    [Fact]
    public async Task A_tool_that_may_not_be_repeated_ends_as_unknown_when_its_node_is_lost()
    {
        var descriptor = new ToolDescriptor { Name = ScriptedTool.Name, Description = "Once.", Repeatable = false };
        var vanished = await StartAsync((_, _, _) => _end.Task.ContinueWith(_ => "", TaskScheduler.Default), descriptor: descriptor);
        var accepted = await vanished.Jobs.SubmitAsync(ScriptedTool.Request(), default);
        await vanished.UntilAsync(accepted.Job.Id, job => job.Record.State.EffectsBegun);

        await using var next = await StartAsync((_, _, _) => Task.FromResult(""), vanished, descriptor);
        var job = await next.EndedAsync(accepted.Job.Id);

        Assert.Equal((JobStatus.Failed, ErrorKind.UnknownOutcome), (job.Status, job.Record.State.Error!.Type));
        _end.SetResult();
        await vanished.DisposeAsync();
    }

    [Fact]
    public async Task A_tool_that_threw_is_tried_again_and_its_log_says_what_it_threw()
    {
        await using var engine = await StartAsync((_, context, _) => context.Attempt == 1 ? throw new InvalidOperationException("no luck") : Task.FromResult("luck"));

        var job = await engine.RunAsync(ScriptedTool.Request());

        Assert.Equal((JobStatus.Succeeded, 2), (job.Status, job.Record.State.Attempt));
        Assert.Contains("no luck", await LogAsync(engine, job.ShortId, 1));
    }

    [Fact]
    public async Task A_message_without_end_is_cut()
    {
        await using var engine = await StartAsync((_, _, _) => throw new InvalidOperationException(new string('x', 100_000)));

        var job = await engine.RunAsync(ScriptedTool.Request() with { MaxAttempts = 1 });

        Assert.InRange(job.Record.State.Error!.Message.Length, 4_000, 4_100);
    }

    [Fact]
    public async Task A_known_failure_says_whether_to_try_again()
    {
        await using var engine = await StartAsync((_, _, _) => throw new ToolFailedException(JobError.Of(ErrorKind.Permission, "not for you", "members_only")));

        var job = await engine.RunAsync(ScriptedTool.Request());

        Assert.Equal((JobStatus.Failed, 1, "members_only"), (job.Status, job.Record.State.Attempt, job.Record.State.Error!.Code));
    }

    [Fact]
    public async Task A_snoozed_job_goes_on_later_without_spending_an_attempt()
    {
        await using var engine = await StartAsync((_, context, _) =>
        {
            if (context.Attempt < 3) context.Snooze(TimeSpan.FromMilliseconds(-5), "not yet");
            return Task.FromResult("now");
        });

        var job = await engine.RunAsync(ScriptedTool.Request() with { MaxAttempts = 1 });

        Assert.Equal((JobStatus.Succeeded, 3, 0), (job.Status, job.Record.State.Attempt, job.Record.State.AttemptsCounted));
        Assert.Equal(["snoozed", "snoozed", "succeeded"], (await engine.Jobs.AttemptsAsync(job.ShortId, default)).Select(attempt => attempt.Outcome));
    }

    [Fact]
    public async Task A_snooze_without_end_is_a_year_long_and_the_job_says_when_it_is_due()
    {
        await using var engine = await StartAsync((_, context, _) =>
        {
            context.Snooze(TimeSpan.MaxValue, "for ever");
            return Task.FromResult("");
        });
        var accepted = await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default);

        var job = await engine.UntilAsync(accepted.Job.Id, seen => seen.Record.State is { Attempt: 1, Status: JobStatus.Pending });

        Assert.InRange(job.Record.State.RunAt - job.Record.State.UpdatedAt, TimeSpan.FromDays(364), TimeSpan.FromDays(366));
        Assert.StartsWith("Due at ", job.WaitingReason);
        Assert.Equal(JobStatus.Canceled, (await engine.Jobs.CancelAsync(job.ShortId, default)).Status);
    }

    [Fact]
    public async Task A_tool_whose_result_is_too_long_fails()
    {
        await using var engine = await StartAsync((_, _, _) => Task.FromResult(new string('x', 70_000)));

        var job = await engine.RunAsync(ScriptedTool.Request());

        Assert.Equal((ErrorKind.ResourceLimit, "summary_too_long"), (job.Record.State.Error!.Type, job.Record.State.Error.Code));
    }

    [Fact]
    public async Task A_cancelled_tool_sees_its_token_and_leaves()
    {
        await using var engine = await StartAsync(async (_, _, stop) =>
        {
            await _end.Task.WaitAsync(stop);
            return "";
        });
        var accepted = await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default);
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        await engine.Jobs.CancelAsync(accepted.Job.ShortId, default);
        var job = await engine.EndedAsync(accepted.Job.Id);

        Assert.Equal(JobStatus.Canceled, job.Status);
        Assert.NotNull(job.Record.State.Cancel!.ConfirmedAt);
        Assert.Contains("token", job.Record.State.Cancel.Answer);
    }

    [Fact]
    public async Task A_tool_that_fails_to_be_cancelled_is_followed_and_stays_unconfirmed()
    {
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var engine = await StartAsync(
            async (_, _, stop) =>
            {
                using var registration = stop.Register(() => throw new InvalidOperationException("I will not"));
                listens.SetResult();
                await _end.Task;
                return "done all the same";
            },
            configure: options => options.CancelConfirmWithin = TimeSpan.Zero);
        var accepted = await engine.Jobs.SubmitAsync(ScriptedTool.Request(), default);
        await listens.Task;
        await engine.UntilAsync(accepted.Job.Id, job => job.Status == JobStatus.Running);

        await engine.Jobs.CancelAsync(accepted.Job.ShortId, default);
        var unconfirmed = await engine.UntilAsync(accepted.Job.Id, job => job.Record.State.Cancel is { Unconfirmed: true });
        Assert.Contains("I will not", unconfirmed.Record.State.Cancel!.Answer);
        _end.SetResult();

        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(accepted.Job.Id)).Status); // what really ended keeps its ending
    }

    [Fact]
    public async Task A_tool_that_stops_although_nobody_asked_has_failed()
    {
        await using var engine = await StartAsync((_, _, _) => throw new OperationCanceledException("on its own"));

        var job = await engine.RunAsync(ScriptedTool.Request() with { MaxAttempts = 1 });

        Assert.Equal((JobStatus.Failed, ErrorKind.Internal), (job.Status, job.Record.State.Error!.Type));
    }

    [Fact]
    public async Task A_tools_own_defaults_are_those_of_its_jobs()
    {
        var descriptor = new ToolDescriptor { Name = ScriptedTool.Name, Description = "Has its own.", Priority = 7, MaxAttempts = 5, Timeout = TimeSpan.FromMinutes(3) };
        await using var engine = await StartAsync((_, _, _) => Task.FromResult(""), descriptor: descriptor);

        var spec = (await engine.RunAsync(ScriptedTool.Request())).Record.Spec;

        Assert.Equal((7, 5, TimeSpan.FromMinutes(3)), (spec.Priority, spec.MaxAttempts, spec.Timeout));
    }

    public static TheoryData<string, ToolDescriptor[]> BadDescriptors() => new()
    {
        { "name is 'Big'", [new ToolDescriptor { Name = "Big", Description = "" }] },
        { "x.class is Eligible, which is reserved", [new ToolDescriptor { Name = "x", Description = "", Class = ToolClass.Eligible }] },
        { "x.class is Immediate, which is reserved", [new ToolDescriptor { Name = "x", Description = "", Class = ToolClass.Immediate }] },
        { "x.priority is 11", [new ToolDescriptor { Name = "x", Description = "", Priority = 11 }] },
        { "x.concurrency is 0", [new ToolDescriptor { Name = "x", Description = "", Concurrency = 0 }] },
        { "x.max_attempts is 0", [new ToolDescriptor { Name = "x", Description = "", MaxAttempts = 0 }] },
        { "x.timeout is 00:00:00", [new ToolDescriptor { Name = "x", Description = "", Timeout = TimeSpan.Zero }] },
        { "query is the name of two tools", [new ToolDescriptor { Name = "query", Description = "" }] },
    };

    [Theory]
    [MemberData(nameof(BadDescriptors), DisableDiscoveryEnumeration = true)]
    public async Task A_tool_that_can_not_be_is_refused_at_the_start(string expected, ToolDescriptor[] descriptors)
    {
        await using var engine = TestEngine.Make(builder =>
        {
            foreach (var descriptor in descriptors) builder.AddTool(new ScriptedTool((_, _, _) => Task.FromResult("")) { Descriptor = descriptor });
        });

        var refused = await TestEngine.RefusedAsync(() => engine.Host.StartAsync(default));

        Assert.Contains(expected, refused.Detail);
    }

    private static async Task<string> LogAsync(TestEngine engine, string job, int? attempt)
    {
        await using var stream = await engine.Jobs.OpenLogAsync(job, attempt, default);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static Task<TestEngine> StartAsync(
        Func<ToolParams, IToolContext, CancellationToken, Task<string>> run, TestEngine? after = null, ToolDescriptor? descriptor = null, Blobs.IBlobStore? blobs = null, Action<EngineOptions>? configure = null)
    {
        var tool = descriptor is null ? new ScriptedTool(run) : new ScriptedTool(run) { Descriptor = descriptor };
        return TestEngine.StartAsync(
            builder =>
            {
                builder.AddTool(tool).Configure(options => options.ProgressEvery = TimeSpan.FromMilliseconds(20));
                builder.Services.Add(new(typeof(Chance), new Chance(Random.Shared.NextBytes, () => 0)));
                if (configure is not null) builder.Configure(configure);
            },
            after?.Store,
            after?.Blobs,
            blobsInUse: blobs);
    }
}
