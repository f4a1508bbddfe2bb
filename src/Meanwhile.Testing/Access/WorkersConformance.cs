using System.Text;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Tools;
using Meanwhile.Workers;
using Xunit;

namespace Meanwhile.Testing.Access;

/// <summary>What the door for workers promises, whatever lies between it and the engine.</summary>
public abstract class WorkersConformance : DoorConformance
{
    private const string Tool = "resize";

    private IWorkers _workers = null!;
    private WorkerLease _lease = null!;

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await DeclareAsync(Tool);
        _workers = await WorkAsync(Administration);
        _lease = await _workers.RegisterAsync(new WorkerRegistration { Name = "w1", Tools = [Tool], Host = "box", ProcessId = 7, Version = "1.2" }, default);
    }

    [Fact]
    public async Task A_worker_claims_reports_and_finishes_and_the_job_shows_it_all()
    {
        var job = await SubmitAsync();
        var work = await ClaimOneAsync();
        Assert.Equal((job.Id, 1, Tool, "default", job.ShortId), (work.Fence.Job, work.Fence.Attempt, work.Tool, work.Project, work.ShortId));
        Assert.Equal("""{"size":3}""", work.Params);

        Assert.Null((await _workers.ProgressAsync(work.Fence, new WorkerProgress { Fraction = 0.4, Message = "half-way", Counters = new Dictionary<string, long> { ["rows"] = 4 } }, default)).Stop);
        await _workers.LogAsync(work.Fence, ["one", "two"], default);
        await _workers.LogAsync(work.Fence, ["three"], default);
        await _workers.CheckpointAsync(work.Fence, JsonElement.Parse("""{"at":2}"""), default);
        var running = await Jobs.GetAsync(job.Id.ToString(), default);
        var status = await _workers.FinishAsync(work.Fence, new WorkerFinish { Outcome = WorkerOutcome.Succeeded, Summary = """{"width":1.50}""" }, default);

        Assert.Equal((0.4, "half-way", 4L), (running.Record.Progress!.Fraction, running.Record.Progress.Message, running.Record.Progress.Counters["rows"]));
        Assert.Equal((JobStatus.Succeeded, """{"width":1.50}"""), (status, (await Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default)).Summary));
        using var log = new StreamReader(await Jobs.OpenLogAsync(job.ShortId, null, default));
        Assert.Equal("one\ntwo\nthree\n", await log.ReadToEndAsync());
        Assert.Equal(("w1@default", "succeeded"), (await Jobs.AttemptsAsync(job.ShortId, default)) is [var attempt] ? (attempt.Node, attempt.Outcome) : default);
        Assert.Contains((await Administration.ListNodesAsync(default)), node => node.Node == _lease.Worker && node.Registration.Tools.SequenceEqual([Tool]));
    }

    [Fact]
    public async Task Rows_come_with_the_ending_and_are_read_as_any_result()
    {
        var job = await SubmitAsync();
        var work = await ClaimOneAsync();
        string[] rows = ["""[1, "a\"\u00e9", null]""", """[12345678901234567890.5, "", {"k": [true]}]""", "[false, \"x\", -1]"];

        var status = await _workers.FinishAsync(work.Fence, Done, [new ResultColumn { Name = "n", Type = "number" }, new ResultColumn { Name = "t" }, new ResultColumn { Name = "j" }], Lines(rows), default);

        Assert.Equal(JobStatus.Succeeded, status);
        var page = await Jobs.ReadResultAsync(job.ShortId, new ResultRequest(), default);
        Assert.Equal(["""[1,"a\"é",null]""", """[12345678901234567890.5,"",{"k": [true]}]""", """[false,"x",-1]"""], page.Rows.Select(row => Encoding.UTF8.GetString(row.Span)));
        Assert.Equal(("n", "number", true), (page.Columns[0].Name, page.Columns[0].Type, page.Complete));
    }

    [Fact]
    public async Task A_result_of_many_rows_is_spooled_and_a_broken_try_does_not_stand_in_the_way_of_the_next()
    {
        var job = await SubmitAsync();
        var work = await ClaimOneAsync();
        ResultColumn[] columns = [new() { Name = "n" }, new() { Name = "t" }];
        var many = Enumerable.Range(0, 60_000).Select(i => $"[{i}, \"{new string('x', 50)}\"]").ToArray();

        var problem = await RefusedAsync(ProblemCodes.InvalidRequest, () => _workers.FinishAsync(work.Fence, Done, columns, Lines([.. many, "[1]"]), default).AsTask());
        Assert.Equal("rows[60000]", Assert.Single(problem.Errors).Field);
        await _workers.FinishAsync(work.Fence, Done, columns, Lines(many), default);

        var page = await Jobs.ReadResultAsync(job.ShortId, new ResultRequest { Offset = 59_999 }, default);
        Assert.Equal((60_000L, 1), (page.RowCount, page.Rows.Count));
    }

    [Theory]
    [InlineData("[1")]
    [InlineData("{}")]
    [InlineData("[1, 2, 3]")]
    [InlineData("[1, 2] 3")]
    [InlineData("[\"\\ud800\", 1]")]
    public async Task A_row_that_does_not_fit_is_named_and_nothing_ends(string row)
    {
        await SubmitAsync();
        var work = await ClaimOneAsync();

        var problem = await RefusedAsync(ProblemCodes.InvalidRequest, () => _workers.FinishAsync(work.Fence, Done, [new ResultColumn { Name = "a" }, new ResultColumn { Name = "b" }], Lines(["[1, 2]", row]), default).AsTask());

        Assert.Equal("rows[1]", Assert.Single(problem.Errors).Field);
        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, Done, default));
    }

    [Fact]
    public async Task A_failure_is_tried_again_as_its_error_says()
    {
        var job = await SubmitAsync();
        var first = await ClaimOneAsync();
        var again = await _workers.FinishAsync(first.Fence, new WorkerFinish { Outcome = WorkerOutcome.Failed, Error = JobError.Of(ErrorKind.Transient, "The disk hiccupped.") }, default);
        var second = await ClaimOneAsync(TimeSpan.FromSeconds(10));
        var ended = await _workers.FinishAsync(second.Fence, new WorkerFinish { Outcome = WorkerOutcome.Failed, Error = JobError.Of(ErrorKind.Syntax, "It is no picture.", "no_picture", "Send one.") }, default);

        Assert.Equal((JobStatus.Pending, JobStatus.Failed, 2), (again, ended, second.Fence.Attempt));
        var error = (await Jobs.GetAsync(job.ShortId, default)).Record.State.Error!;
        Assert.Equal(("no_picture", "It is no picture.", "Send one.", false), (error.Code, error.Message, error.Hint, error.Retryable));
    }

    [Fact]
    public async Task Snoozed_and_handed_back_work_comes_again_uncounted_with_its_checkpoint()
    {
        var job = await SubmitAsync();
        var first = await ClaimOneAsync();
        await _workers.CheckpointAsync(first.Fence, JsonElement.Parse("[17]"), default);
        await _workers.FinishAsync(first.Fence, new WorkerFinish { Outcome = WorkerOutcome.Snoozed, Delay = TimeSpan.FromMilliseconds(1), Reason = "The moon is wrong." }, default);
        var second = await ClaimOneAsync(TimeSpan.FromSeconds(10));
        await _workers.FinishAsync(second.Fence, new WorkerFinish { Outcome = WorkerOutcome.HandedBack }, default);
        var third = await ClaimOneAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(("[17]", "[17]", 3), (second.Checkpoint, third.Checkpoint, third.Fence.Attempt));
        Assert.Equal(0, (await Jobs.GetAsync(job.ShortId, default)).Record.State.AttemptsCounted);
    }

    [Fact]
    public async Task A_finish_sent_twice_is_applied_once_and_another_is_refused()
    {
        await SubmitAsync();
        var work = await ClaimOneAsync();
        var finish = new WorkerFinish { Outcome = WorkerOutcome.Succeeded, Summary = "1", FinishId = new Guid("0199b2f0-1234-7abc-8def-0123456789ab") };

        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, finish, default));
        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, finish, default));
        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, finish, [new ResultColumn { Name = "a" }], Lines(["[1]"]), default));

        var problem = await RefusedAsync(ProblemCodes.AlreadyEnded, () => _workers.FinishAsync(work.Fence, finish with { FinishId = null }, default).AsTask());
        Assert.Equal((work.Fence.Job.ToString(), "succeeded"), (problem.JobId, problem.Status));
        await RefusedAsync(ProblemCodes.AlreadyEnded, () => _workers.ProgressAsync(work.Fence, new WorkerProgress(), default).AsTask());
    }

    [Fact]
    public async Task The_very_same_finish_without_an_id_is_applied_once()
    {
        await SubmitAsync();
        var work = await ClaimOneAsync();

        await _workers.FinishAsync(work.Fence, Done with { Summary = "1" }, default);

        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Fence, Done with { Summary = "1" }, default));
        await RefusedAsync(ProblemCodes.AlreadyEnded, () => _workers.FinishAsync(work.Fence, Done with { Summary = "2" }, default).AsTask());
    }

    [Fact]
    public async Task A_worker_that_registers_anew_loses_its_epoch_and_whatever_it_still_says_is_refused()
    {
        await SubmitAsync();
        var old = await ClaimOneAsync();
        var next = await _workers.RegisterAsync(new WorkerRegistration { Name = "w1", Tools = [Tool] }, default);

        Assert.Equal(_lease.Worker with { Epoch = _lease.Worker.Epoch + 1 }, next.Worker);
        await RefusedAsync(ProblemCodes.WorkerEnded, () => _workers.BeatAsync(_lease.Worker, [], default).AsTask());
        await RefusedAsync(ProblemCodes.WorkerEnded, () => _workers.ClaimAsync(_lease.Worker, 1, TimeSpan.Zero, default).AsTask());
        _lease = next;
        var taken = await ClaimOneAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(old.Fence.Job, taken.Fence.Job);
        foreach (var call in (Func<Task>[])
        [
            () => _workers.ProgressAsync(old.Fence, new WorkerProgress { Fraction = 1 }, default).AsTask(),
            () => _workers.LogAsync(old.Fence, ["late"], default).AsTask(),
            () => _workers.CheckpointAsync(old.Fence, JsonElement.Parse("1"), default).AsTask(),
            () => _workers.FinishAsync(old.Fence, Done, default).AsTask(),
            () => _workers.FinishAsync(old.Fence, Done, [new ResultColumn { Name = "a" }], Lines(["[1]"]), default).AsTask(),
            () => _workers.FinishAsync(taken.Fence with { Fence = 99 }, Done, default).AsTask(),
        ])
        {
            Assert.Equal(old.Fence.Job.ToString(), (await RefusedAsync(ProblemCodes.Fenced, call)).JobId);
        }

        Assert.Equal([new StoppedAttempt(old.Fence, WorkerStop.Fenced)], (await _workers.BeatAsync(_lease.Worker, [old.Fence, taken.Fence], default)).Stop);
        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(taken.Fence, Done, default));
    }

    [Fact]
    public async Task A_cancel_reaches_the_worker_and_its_word_confirms_it()
    {
        var job = await SubmitAsync();
        var work = await ClaimOneAsync();
        await Jobs.CancelAsync(job.ShortId, default);

        Assert.Equal(WorkerStop.Canceled, (await _workers.ProgressAsync(work.Fence, new WorkerProgress(), default)).Stop);
        Assert.Equal([new StoppedAttempt(work.Fence, WorkerStop.Canceled)], (await _workers.BeatAsync(_lease.Worker, [work.Fence], default)).Stop);
        Assert.Equal([new StoppedAttempt(work.Fence, WorkerStop.Canceled)], (await _workers.BeatAsync(_lease.Worker, [work.Fence], default)).Stop);
        Assert.Equal(JobStatus.Canceled, await _workers.FinishAsync(work.Fence, new WorkerFinish { Outcome = WorkerOutcome.Canceled }, default));

        var cancel = (await Jobs.GetAsync(job.ShortId, default)).Record.State.Cancel!;
        Assert.NotNull(cancel.SentAt);
        Assert.NotNull(cancel.ConfirmedAt);
        Assert.Contains("beat", cancel.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ended_before_the_cancel_arrived_keeps_its_ending_and_a_failure_ends_as_canceled()
    {
        var (done, failed) = (await SubmitAsync(), await SubmitAsync());
        var work = (await _workers.ClaimAsync(_lease.Worker, 2, TimeSpan.Zero, default)).Jobs;
        await Jobs.CancelAsync([done.ShortId, failed.ShortId], default);

        Assert.Equal(JobStatus.Succeeded, await _workers.FinishAsync(work.Single(one => one.Fence.Job == done.Id).Fence, Done, default));
        Assert.Equal(JobStatus.Canceled, await _workers.FinishAsync(work.Single(one => one.Fence.Job == failed.Id).Fence, new WorkerFinish { Outcome = WorkerOutcome.Failed, Error = JobError.Of(ErrorKind.Transient, "Broke.") }, default));
    }

    [Fact]
    public async Task A_project_has_its_own_workers_and_another_ones_jobs_do_not_exist_for_them()
    {
        var elsewhere = await InProjectAsync("elsewhere");
        var strangers = await WorkAsync(elsewhere.Administration);
        var theirs = await strangers.RegisterAsync(new WorkerRegistration { Name = "w1", Tools = [Tool] }, default);
        var job = await SubmitAsync();

        Assert.Empty((await strangers.ClaimAsync(theirs.Worker, 10, TimeSpan.Zero, default)).Jobs);
        var work = await ClaimOneAsync();
        foreach (var call in (Func<Task>[])
        [
            () => strangers.ProgressAsync(work.Fence, new WorkerProgress(), default).AsTask(),
            () => strangers.LogAsync(work.Fence, ["x"], default).AsTask(),
            () => strangers.CheckpointAsync(work.Fence, JsonElement.Parse("1"), default).AsTask(),
            () => strangers.FinishAsync(work.Fence, Done, default).AsTask(),
            () => strangers.BeatAsync(_lease.Worker, [], default).AsTask(),
            () => strangers.ClaimAsync(_lease.Worker, 1, TimeSpan.Zero, default).AsTask(),
            () => strangers.LeaveAsync(_lease.Worker, default).AsTask(),
        ])
        {
            await RefusedAsync(ProblemCodes.NotFound, call);
        }

        Assert.Equal(JobStatus.Running, (await Jobs.GetAsync(job.ShortId, default)).Status);
    }

    [Fact]
    public async Task An_instance_admins_worker_can_work_for_all_projects_and_nobody_elses()
    {
        var elsewhere = await InProjectAsync("elsewhere");
        await RefusedAsync(ProblemCodes.Forbidden, () => _workers.RegisterAsync(new WorkerRegistration { Name = "all", Tools = [Tool], AllProjects = true }, default).AsTask());
        var all = await AdminWorkersAsync();
        var lease = await all.RegisterAsync(new WorkerRegistration { Name = "all", Tools = [Tool], AllProjects = true }, default);
        await SubmitAsync();
        await elsewhere.Jobs.SubmitAsync(Request(), default);

        var work = (await all.ClaimAsync(lease.Worker, 10, TimeSpan.Zero, default)).Jobs;

        Assert.Equal(["default", "elsewhere"], work.Select(job => job.Project).Order());
        foreach (var job in work) Assert.Equal(JobStatus.Succeeded, await all.FinishAsync(job.Fence, Done, default));
        await RefusedAsync(ProblemCodes.NotFound, () => _workers.BeatAsync(lease.Worker, [], default).AsTask());
    }

    [Fact]
    public async Task Only_a_workers_key_may_work_and_it_may_do_nothing_else()
    {
        var submitter = await Administration.CreateKeyAsync(new KeyRequest(), default);
        await RefusedAsync(ProblemCodes.Forbidden, async () => await (await OpenWorkersAsync(submitter.Token)).RegisterAsync(new WorkerRegistration { Name = "x", Tools = [Tool] }, default));
        var worker = await Administration.CreateKeyAsync(new KeyRequest { Role = Role.Worker }, default);

        await RefusedAsync(ProblemCodes.Forbidden, async () => await (await OpenAsync(worker.Token)).Jobs.SubmitAsync(Request(), default));
        await RefusedAsync(ProblemCodes.Forbidden, async () => await (await OpenAsync(worker.Token)).Administration.ListKeysAsync(null, null, default));
    }

    [Fact]
    public async Task What_the_server_runs_itself_is_not_a_workers_to_end()
    {
        var query = await Jobs.SubmitAsync(Query(Endless), default);
        var running = await UntilAsync(query.Job, job => job.Status == JobStatus.Running);
        var fence = new AttemptFence(running.Id, 1, 1);

        await RefusedAsync(ProblemCodes.Fenced, () => _workers.FinishAsync(fence, Done, default).AsTask());
        await RefusedAsync(ProblemCodes.Fenced, () => _workers.ProgressAsync(fence, new WorkerProgress(), default).AsTask());
        await Jobs.CancelAsync(running.ShortId, default);
    }

    [Fact]
    public async Task A_registration_names_what_is_wrong_with_it()
    {
        var problem = await RefusedAsync(ProblemCodes.InvalidRequest, () => _workers.RegisterAsync(new WorkerRegistration { Name = "Not@Good", Tools = ["nothing", "query", Tool], Host = "a\nb" }, default).AsTask());

        Assert.Equal(["name", "tools[0]", "tools[1]", "host"], problem.Errors.Select(error => error.Field));
        Assert.Contains(Tool, problem.Errors[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_without_a_worker_waits_and_says_so_and_one_that_waits_is_given_as_it_comes()
    {
        await _workers.LeaveAsync(_lease.Worker, default);
        var job = await SubmitAsync();
        Assert.Contains($"No worker for tool '{Tool}' is there", job.WaitingReason, StringComparison.Ordinal);
        Assert.Equal(0, (await Administration.GetToolAsync(Tool, default)).WorkerCount);

        _lease = await _workers.RegisterAsync(new WorkerRegistration { Name = "w2", Tools = [Tool] }, default);
        await ClaimOneAsync();
        var waiting = ClaimOneAsync(TimeSpan.FromSeconds(30));
        var late = await SubmitAsync();

        Assert.Equal(late.Id, (await waiting).Fence.Job);
        Assert.Equal(1, (await Administration.GetToolAsync(Tool, default)).WorkerCount);
    }

    [Fact]
    public async Task A_worker_that_leaves_gives_back_what_it_has_uncounted()
    {
        var job = await SubmitAsync();
        await ClaimOneAsync();

        Assert.Equal(1, await _workers.LeaveAsync(_lease.Worker, default));
        Assert.Equal(0, await _workers.LeaveAsync(_lease.Worker, default));

        var state = (await Jobs.GetAsync(job.ShortId, default)).Record.State;
        Assert.Equal((JobStatus.Pending, 0), (state.Status, state.AttemptsCounted));
        await RefusedAsync(ProblemCodes.WorkerEnded, () => _workers.BeatAsync(_lease.Worker, [], default).AsTask());
        Assert.Contains("job.handed_back", (await Jobs.ReadEventsAsync(job.ShortId, new EventQuery(), default)).Items.Select(item => item.Event.Data.Kind.Word));
    }

    [Fact]
    public async Task Work_that_may_not_be_repeated_is_not_when_its_worker_is_lost()
    {
        await DeclareAsync("pay", descriptor => descriptor with { Repeatable = false });
        var lease = await _workers.RegisterAsync(new WorkerRegistration { Name = "payer", Tools = ["pay"] }, default);
        var job = (await Jobs.SubmitAsync(new JobRequest { Tool = "pay" }, default)).Job;
        Assert.Single((await _workers.ClaimAsync(lease.Worker, 1, TimeSpan.Zero, default)).Jobs);

        await _workers.RegisterAsync(new WorkerRegistration { Name = "payer", Tools = ["pay"] }, default);

        var state = (await Jobs.GetAsync(job.ShortId, default)).Record.State;
        Assert.Equal((JobStatus.Failed, ErrorKind.UnknownOutcome), (state.Status, state.Error!.Type));
    }

    [Fact]
    public async Task A_tools_schema_defaults_and_declaration_are_held_to()
    {
        var schema = JsonElement.Parse("""{"type": "object", "properties": {"size": {"type": "integer", "minimum": 1}}, "required": ["size"], "additionalProperties": false}""");
        var made = await Administration.PutToolAsync(new ToolDefinition { Descriptor = new ToolDescriptor { Name = Tool, Description = "Resizes.", Priority = 4, MaxAttempts = 5, Timeout = TimeSpan.FromSeconds(90) }, ParamsSchema = schema }, default);
        Assert.Equal((ToolKind.Worker, false, 2L), (made.Definition.Kind, made.FromConfiguration, made.Version));

        var problem = await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.SubmitAsync(new JobRequest { Tool = Tool, Params = JsonElement.Parse("""{"colour": 1}""") }, default).AsTask());
        Assert.Equal(["params.size", "params.colour"], problem.Errors.Select(error => error.Field));
        var job = await SubmitAsync();
        Assert.Equal((4, 5, 90d), (job.Record.Spec.Priority, job.Record.Spec.MaxAttempts, job.Record.Spec.Timeout!.Value.TotalSeconds));
        Assert.Equal(90, (await ClaimOneAsync()).Timeout!.Value.TotalSeconds);

        await RefusedAsync(ProblemCodes.Conflict, () => Administration.PutToolAsync(new ToolDefinition { Descriptor = new ToolDescriptor { Name = "query", Description = "x" } }, default).AsTask());
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Administration.PutToolAsync(made.Definition with { Kind = ToolKind.Http }, default).AsTask());
        var elsewhere = await Administration.CreateKeyAsync(new KeyRequest { Role = Role.Admin }, default);
        await RefusedAsync(ProblemCodes.Forbidden, async () => await (await OpenAsync(elsewhere.Token)).Administration.PutToolAsync(made.Definition, default));
        Assert.Equal(["query", Tool], (await Administration.ListToolsAsync(null, null, default)).Items.Select(tool => tool.Definition.Descriptor.Name));
        await Administration.DeleteToolAsync(Tool, default);
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.GetToolAsync(Tool, default).AsTask());
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.SubmitAsync(Request(), default).AsTask());
    }

    private static WorkerFinish Done => new() { Outcome = WorkerOutcome.Succeeded };

    private static JobRequest Request() => new() { Tool = Tool, Params = JsonElement.Parse("""{"size":3}""") };

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Lines(string[] rows)
    {
        await Task.Yield();
        foreach (var row in rows) yield return Encoding.UTF8.GetBytes(row);
    }

    private async Task DeclareAsync(string name, Func<ToolDescriptor, ToolDescriptor>? change = null)
    {
        var descriptor = new ToolDescriptor { Name = name, Description = "Does a thing." };
        await Administration.PutToolAsync(new ToolDefinition { Descriptor = change?.Invoke(descriptor) ?? descriptor }, default);
    }

    private async Task<IWorkers> WorkAsync(IAdministration administration) => await OpenWorkersAsync((await administration.CreateKeyAsync(new KeyRequest { Role = Role.Worker }, default)).Token);

    private async Task<Job> SubmitAsync() => (await Jobs.SubmitAsync(Request(), default)).Job;

    private async Task<WorkerJob> ClaimOneAsync(TimeSpan wait = default) => Assert.Single((await _workers.ClaimAsync(_lease.Worker, 1, wait, default)).Jobs);
}
