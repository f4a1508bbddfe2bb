using System.Text;
using Meanwhile.Access;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Xunit;

namespace Meanwhile.Testing.Access;

/// <summary>What every transport of <see cref="IJobs"/> must do alike.</summary>
public abstract class JobsConformance : DoorConformance
{
    [Fact]
    public async Task A_query_runs_and_its_rows_keep_every_digit()
    {
        var job = await RunAsync(Query("select 9007199254740993 as big, 1.5 as real, null as absent, 'a\u00e4\u20ac\"\\' as text, x'00ff' as bytes"));
        var page = await Jobs.ReadResultAsync(job.Id.ToString(), new ResultRequest(), default);

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal("""[9007199254740993,1.5,null,"aä€\"\\",{"$bytes":"AP8="}]""", Text(page.Rows.Single()).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(["big", "real", "absent", "text", "bytes"], page.Columns.Select(column => column.Name));
        Assert.True(page.Complete);
        Assert.Null(page.NextCursor);
        Assert.Equal(1, job.Record.State.Result!.RowCount);
    }

    [Fact]
    public async Task A_job_tells_what_was_asked_for()
    {
        var request = Query("select 1") with { Priority = 7, TtlHours = 2, MaxAttempts = 5, TimeoutSeconds = 60, LimitKey = "mine", Labels = new Dictionary<string, string> { ["team"] = "a b" }, TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
        var (job, created) = await Jobs.SubmitAsync(request, default);
        var spec = job.Record.Spec;

        Assert.True(created);
        Assert.Equal(("query", Source, "select 1", "default"), (spec.Tool, spec.Source, spec.Statement, spec.Project));
        Assert.Equal((7, TimeSpan.FromHours(2), 5, TimeSpan.FromMinutes(1), "mine"), (spec.Priority, spec.Ttl, spec.MaxAttempts, spec.Timeout, spec.LimitKey));
        Assert.Equal("a b", spec.Labels["team"]);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", spec.TraceId);
    }

    [Fact]
    public async Task How_long_a_job_took_is_told_from_its_newest_attempts_start_by_the_servers_clock()
    {
        var waiting = (await Jobs.SubmitAsync(Query("select 1") with { DelaySeconds = 3600 }, default)).Job;
        var ended = await RunAsync(Query("select 1"));
        var state = ended.Record.State;

        Assert.Null(waiting.Duration);
        var took = (state.FinishedAt - state.StartedAt)!.Value;
        Assert.InRange(ended.Duration!.Value, took - TimeSpan.FromMilliseconds(1), took + TimeSpan.FromMilliseconds(1)); // the wire has milliseconds
    }

    [Fact]
    public async Task A_job_is_found_by_id_and_by_short_id_in_any_case()
    {
        var job = (await Jobs.SubmitAsync(Query("select 1"), default)).Job;

        Assert.Equal(job.Id, (await Jobs.GetAsync(job.Id.ToString().ToUpperInvariant(), default)).Id);
        Assert.Equal(job.Id, (await Jobs.GetAsync(job.ShortId, default)).Id);
        Assert.Equal(job.Id, (await Jobs.GetAsync(job.ShortId.ToUpperInvariant(), default)).Id);
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused_and_an_unknown_one_is_not_found()
    {
        var problem = await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.GetAsync("no-id", default).AsTask());

        Assert.Equal("job_id", problem.Errors.Single().Field);
        await RefusedAsync(ProblemCodes.NotFound, () => Jobs.GetAsync("01900000-0000-7000-8000-000000000000", default).AsTask());
    }

    [Fact]
    public async Task Another_projects_job_does_not_exist_by_any_verb()
    {
        var id = (await RunAsync(Query("select 1"))).Id.ToString();
        var (other, _) = await InProjectAsync("other");

        await RefusedAsync(ProblemCodes.NotFound, () => other.GetAsync(id, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.WaitAsync(id, null, TimeSpan.FromSeconds(1), default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.CancelAsync(id, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.RetryAsync(id, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.ReadResultAsync(id, new ResultRequest(), default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.ExportResultAsync(id, new ResultRequest(), ResultFormat.Csv, Stream.Null, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.OpenPartitionAsync(id, null, 0, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.AttemptsAsync(id, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.OpenLogAsync(id, null, default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => other.ReadEventsAsync(id, new EventQuery(), default).AsTask());
        Assert.Equal(ProblemCodes.NotFound, (await other.CancelAsync([id], default)).Single().Refused!.Code);
        Assert.Empty((await other.ListAsync(new JobQuery(), null, null, default)).Items);
        Assert.Empty((await other.ReadEventsAsync(null, new EventQuery(), default)).Items);
    }

    [Fact]
    public async Task A_key_for_its_own_jobs_sees_no_others()
    {
        var theirs = await RunAsync(Query("select 1"));
        var key = await Administration.CreateKeyAsync(new KeyRequest { OwnJobsOnly = true }, default);
        var (jobs, _) = await OpenAsync(key.Token);
        var own = (await jobs.SubmitAsync(Query("select 2"), default)).Job;

        await RefusedAsync(ProblemCodes.NotFound, () => jobs.GetAsync(theirs.Id.ToString(), default).AsTask());
        Assert.Equal(own.Id, (await jobs.ListAsync(new JobQuery(), null, null, default)).Items.Single().Id);
        Assert.Equal(key.Key.Id, own.Record.Spec.SubmittedBy);
    }

    [Theory]
    [InlineData("ttl_hours")]
    [InlineData("priority")]
    [InlineData("max_attempts")]
    [InlineData("source")]
    [InlineData("tool")]
    [InlineData("params.sql")]
    public async Task What_is_out_of_range_or_unknown_is_refused_by_its_name(string field)
    {
        var good = Query("select 1");
        var wrong = field switch
        {
            "ttl_hours" => good with { TtlHours = 169 },
            "priority" => good with { Priority = 11 },
            "max_attempts" => good with { MaxAttempts = 0 },
            "source" => good with { Source = "nowhere" },
            "tool" => good with { Tool = "nothing" },
            _ => good with { Params = default },
        };

        var problem = await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.SubmitAsync(wrong, default).AsTask());

        Assert.Contains(field, problem.Errors.Select(error => error.Field));
        Assert.Empty((await Jobs.ListAsync(new JobQuery(), null, null, default)).Items);
    }

    [Fact]
    public async Task What_is_reserved_is_refused_clearly()
    {
        await RefusedAsync(ProblemCodes.NotSupported, () => Jobs.SubmitAsync(Query("select 1") with { OnDuplicate = "join" }, default).AsTask());
        await RefusedAsync(ProblemCodes.NotSupported, () => Jobs.SubmitAsync(Query("select 1") with { Keep = "while_watched" }, default).AsTask());
    }

    [Fact]
    public async Task Of_a_batch_each_is_accepted_or_refused_by_itself()
    {
        var items = await Jobs.SubmitAsync([Query("select 1"), Query("select 1") with { Priority = 11 }, Query("select 2")], default);

        Assert.Equal([true, false, true], items.Select(item => item.Accepted is not null));
        Assert.Equal("priority", items[1].Refused!.Errors.Single().Field);
        Assert.Equal(2, (await Jobs.ListAsync(new JobQuery(), null, null, default)).Items.Count);
    }

    [Fact]
    public async Task The_same_idempotency_key_gives_the_same_job_and_other_content_a_conflict()
    {
        var request = Query("select 1") with { IdempotencyKey = "once" };
        var first = await Jobs.SubmitAsync(request, default);
        var again = await Jobs.SubmitAsync(request, default);
        var conflict = await RefusedAsync(ProblemCodes.IdempotencyConflict, () => Jobs.SubmitAsync(Query("select 2") with { IdempotencyKey = "once" }, default).AsTask());

        Assert.Equal((true, false), (first.Created, again.Created));
        Assert.Equal(first.Job.Id, again.Job.Id);
        Assert.Equal(first.Job.Id.ToString(), conflict.JobId);
    }

    [Fact]
    public async Task A_running_query_is_really_stopped_and_the_second_cancel_answers_the_same()
    {
        var job = await UntilAsync((await Jobs.SubmitAsync(Query(Endless), default)).Job, seen => seen.Status is JobStatus.Running);
        await Jobs.CancelAsync(job.Id.ToString(), default);
        var ended = await UntilAsync(job, seen => seen.Status.IsFinal);
        var again = await Jobs.CancelAsync(job.Id.ToString(), default);

        Assert.Equal(JobStatus.Canceled, ended.Status);
        Assert.NotNull(ended.Record.State.Cancel!.ConfirmedAt);
        Assert.NotNull(ended.Record.State.Cancel.SentAt);
        Assert.Equal(ended.ETag, again.ETag);
    }

    [Fact]
    public async Task Many_are_stopped_at_once_and_unknown_ones_are_refused_by_themselves()
    {
        var waiting = (await Jobs.SubmitAsync(Query("select 1") with { DelaySeconds = 3600 }, default)).Job;
        var answers = await Jobs.CancelAsync(["01900000-0000-7000-8000-000000000000", waiting.ShortId], default);

        Assert.Equal(ProblemCodes.NotFound, answers[0].Refused!.Code);
        Assert.Equal(JobStatus.Canceled, answers[1].Job!.Status);
    }

    [Fact]
    public async Task The_result_of_a_job_that_is_not_done_is_refused_with_its_status()
    {
        var waiting = (await Jobs.SubmitAsync(Query("select 1") with { DelaySeconds = 3600 }, default)).Job;
        var problem = await RefusedAsync(ProblemCodes.NotDone, () => Jobs.ReadResultAsync(waiting.ShortId, new ResultRequest(), default).AsTask());

        Assert.Equal("pending", problem.Status);
        Assert.NotNull(problem.RetryAfter);
    }

    [Fact]
    public async Task A_failed_job_says_why_has_no_result_and_can_be_tried_again()
    {
        var failed = await RunAsync(Query("select * from missing"));
        var problem = await RefusedAsync(ProblemCodes.NoResult, () => Jobs.ReadResultAsync(failed.ShortId, new ResultRequest(), default).AsTask());
        var again = await Jobs.RetryAsync(failed.ShortId, default);

        Assert.Equal(JobStatus.Failed, failed.Status);
        Assert.Contains("missing", failed.Record.State.Error!.Message, StringComparison.Ordinal);
        Assert.Equal("failed", problem.Status);
        Assert.Equal(failed.Id, again.Record.Spec.RetryOf);
    }

    [Fact]
    public async Task A_write_on_a_read_only_source_is_not_permitted()
    {
        var job = await RunAsync(Query("create table t (a)"));

        Assert.Equal((JobStatus.Failed, ErrorKind.Permission), (job.Status, job.Record.State.Error!.Type));
    }

    [Fact]
    public async Task Pages_join_to_the_whole_and_beyond_the_end_there_is_nothing()
    {
        var id = (await RunAsync(Numbers(10))).ShortId;
        List<string> rows = [];
        for (string? cursor = null; rows.Count < 10;)
        {
            var page = await Jobs.ReadResultAsync(id, new ResultRequest { Limit = 3, Cursor = cursor }, default);
            Assert.Equal((rows.Count, 10), (page.Offset, page.RowCount));
            rows.AddRange(page.Rows.Select(Text));
            cursor = page.NextCursor;
            Assert.Equal(rows.Count == 10, cursor is null);
        }

        var beyond = await Jobs.ReadResultAsync(id, new ResultRequest { Offset = 100 }, default);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"[{i},\"row {i}\"]"), rows);
        Assert.Empty(beyond.Rows);
        Assert.Null(beyond.NextCursor);
    }

    [Fact]
    public async Task Rows_come_in_the_shape_that_was_asked_for()
    {
        var id = (await RunAsync(Numbers(2))).ShortId;
        var page = await Jobs.ReadResultAsync(id, new ResultRequest { Offset = 1, Limit = 1, Rows = RowShape.Objects, Numbers = NumberShape.Strings }, default);

        Assert.Equal("""{"i":"2","t":"row 2"}""", Text(page.Rows.Single()));
    }

    [Fact]
    public async Task A_whole_result_is_exported_in_every_format()
    {
        var id = (await RunAsync(Numbers(3))).ShortId;

        Assert.Equal("[1,\"row 1\"]\n[2,\"row 2\"]\n[3,\"row 3\"]\n", await ExportAsync(id, ResultFormat.Ndjson));
        Assert.Equal("""[[1,"row 1"],[2,"row 2"],[3,"row 3"]]""", (await ExportAsync(id, ResultFormat.Json)).Replace("\n", "", StringComparison.Ordinal));
        Assert.Equal("i,t\r\n1,row 1\r\n2,row 2\r\n3,row 3\r\n", await ExportAsync(id, ResultFormat.Csv));
    }

    [Fact]
    public async Task Stored_partitions_join_to_the_whole()
    {
        const int Rows = 100_000;
        var id = (await RunAsync(Numbers(Rows))).ShortId;
        var whole = await ExportAsync(id, ResultFormat.Ndjson);
        var joined = new MemoryStream();
        for (long partition = 0, rows = 0; rows < Rows; partition++)
        {
            await using var stored = await Jobs.OpenPartitionAsync(id, null, (int)partition, default);
            Assert.Equal(rows, stored.Partition.FirstRow);
            Assert.NotEqual(0u, stored.Partition.Checksum);
            await using var decoded = stored.Encoding is ResultEncoding.Gzip ? new System.IO.Compression.GZipStream(stored.Content, System.IO.Compression.CompressionMode.Decompress) : stored.Content;
            await decoded.CopyToAsync(joined);
            rows += stored.Partition.Rows;
        }

        Assert.Equal(whole, Encoding.UTF8.GetString(joined.ToArray()));
        Assert.Equal(Rows, whole.Count(character => character == '\n'));
        await RefusedAsync(ProblemCodes.NotFound, () => Jobs.OpenPartitionAsync(id, null, 1_000, default).AsTask());
    }

    [Fact]
    public async Task A_jobs_events_come_in_order_and_a_reader_goes_on_where_it_was()
    {
        var job = await RunAsync(Query("select 1"));
        var first = await Jobs.ReadEventsAsync(job.ShortId, new EventQuery { Limit = 1 }, default);
        var rest = await Jobs.ReadEventsAsync(job.ShortId, new EventQuery { Cursor = first.Cursor }, default);
        var nothing = await Jobs.ReadEventsAsync(job.ShortId, new EventQuery { Cursor = rest.Cursor }, default);
        var all = first.Items.Concat(rest.Items).Select(item => item.Event.Data).ToList();

        Assert.Equal(Enumerable.Range(1, all.Count).Select(i => (long)i), all.Select(data => data.JobNumber));
        Assert.Equal((EventKind.Submitted, EventKind.Succeeded), (all[0].Kind, all[^1].Kind));
        Assert.Empty(nothing.Items);
        Assert.Equal(job.Id, first.Items.Single().Event.Job);
        await RefusedAsync(ProblemCodes.InvalidCursor, () => Jobs.ReadEventsAsync(null, new EventQuery { Cursor = "nonsense" }, default).AsTask());
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.ReadEventsAsync(null, new EventQuery { Kinds = ["job.exploded"] }, default).AsTask());
    }

    [Fact]
    public async Task A_reader_that_waits_sees_the_next_event()
    {
        var end = await Jobs.ReadEventsAsync(null, new EventQuery { Cursor = "now" }, default);
        var waiting = Jobs.ReadEventsAsync(null, new EventQuery { Cursor = end.Cursor, Wait = TimeSpan.FromSeconds(30), Kinds = ["job.succeeded"] }, default).AsTask();
        var job = await RunAsync(Query("select 1"));

        Assert.Equal(job.Id, (await waiting).Items.Single().Event.Job);
    }

    [Fact]
    public async Task Attempts_and_their_logs_are_told()
    {
        var job = await RunAsync(Query("select 1"));
        var attempt = Assert.Single(await Jobs.AttemptsAsync(job.ShortId, default));

        Assert.Equal((1, "succeeded"), (attempt.Ordinal, attempt.Outcome));
        Assert.NotNull(attempt.EndedAt);
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_by_what_was_asked_for()
    {
        var labelled = await RunAsync(Query("select 'needle'") with { Labels = new Dictionary<string, string> { ["team"] = "a:b" } });
        var failed = await RunAsync(Query("select * from missing"));
        var scheduled = (await Jobs.SubmitAsync(Query("select 3") with { DelaySeconds = 3600 }, default)).Job;

        Assert.Equal([scheduled.Id, failed.Id, labelled.Id], await IdsAsync(new JobQuery()));
        Assert.Equal([failed.Id, labelled.Id], await IdsAsync(new JobQuery { Statuses = ["failed", "succeeded"] }));
        Assert.Equal([scheduled.Id], await IdsAsync(new JobQuery { Statuses = ["scheduled"] }));
        Assert.Equal([labelled.Id], await IdsAsync(new JobQuery { Labels = new Dictionary<string, string> { ["team"] = "a:b" } }));
        Assert.Equal([labelled.Id], await IdsAsync(new JobQuery { Words = "NEEDLE" }));
        Assert.Empty(await IdsAsync(new JobQuery { Source = "nowhere" }));
        Assert.Empty(await IdsAsync(new JobQuery { CreatedFrom = scheduled.Record.Spec.CreatedAt.AddHours(1) }));
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.ListAsync(new JobQuery { Statuses = ["lost"] }, null, null, default).AsTask());
    }

    [Fact]
    public async Task A_list_goes_on_where_it_ended_and_a_cursor_from_elsewhere_is_refused()
    {
        for (var i = 0; i < 3; i++) await Jobs.SubmitAsync(Query("select 1"), default);
        var first = await Jobs.ListAsync(new JobQuery(), null, 2, default);
        var second = await Jobs.ListAsync(new JobQuery(), first.NextCursor, 2, default);

        Assert.Equal(3, first.Items.Concat(second.Items).Select(job => job.Id).Distinct().Count());
        await RefusedAsync(ProblemCodes.InvalidCursor, () => Jobs.ListAsync(new JobQuery { Tool = "query" }, first.NextCursor, 2, default).AsTask());
        await RefusedAsync(ProblemCodes.InvalidCursor, () => Jobs.ListAsync(new JobQuery(), "nonsense", 2, default).AsTask());
    }

    [Fact]
    public async Task A_dry_run_finds_out_without_a_job()
    {
        var check = await Jobs.DryRunAsync(Query("select 1 as x, 2 as y"), default);
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Jobs.DryRunAsync(Query("selec 1"), default).AsTask());

        Assert.Equal(["x", "y"], check.Columns.Select(column => column.Name));
        Assert.Empty((await Jobs.ListAsync(new JobQuery(), null, null, default)).Items);
    }

    private static string Text(ReadOnlyMemory<byte> row) => Encoding.UTF8.GetString(row.Span);

    private async Task<IEnumerable<JobId>> IdsAsync(JobQuery query) => (await Jobs.ListAsync(query, null, null, default)).Items.Select(job => job.Id);

    private async Task<string> ExportAsync(string job, ResultFormat format)
    {
        using var destination = new MemoryStream();
        await Jobs.ExportResultAsync(job, new ResultRequest(), format, destination, default);
        return Encoding.UTF8.GetString(destination.ToArray());
    }
}
