using System.Text.Json;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

public sealed class JobCommandTests(SampleServer sample)
{
    [Fact]
    public async Task A_job_is_submitted_watched_shown_and_read()
    {
        var job = (await sample.RunAsync("submit", "query", "--source", "flights", "--params", """{"sql": "select 7 as seven"}""", "--label", "kind=check")).Succeeded();

        var watched = await sample.RunAsync("watch", job);
        var status = await sample.RunAsync("status", job.ToUpperInvariant());
        var result = await sample.RunAsync("result", job, "--format", "csv");

        Assert.Equal(0, watched.Code);
        Assert.Contains("status        succeeded", status.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("labels        kind=check", status.Out, StringComparison.Ordinal);
        Assert.Equal("seven\n7", result.Succeeded().Replace("\r", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Jobs_are_listed_by_label()
    {
        var label = $"batch={Guid.NewGuid():n}";
        (await sample.RunAsync("query", "--source", "flights", "--label", label, "select 1")).Succeeded();
        (await sample.RunAsync("query", "--source", "flights", "--label", label, "select 2")).Succeeded();

        var all = await sample.RunAsync("list", "--label", label, "--status", "succeeded");
        var first = await sample.RunAsync("list", "--label", label, "--limit", "1");

        Assert.Equal(4, Assert.IsType<string>(all.Succeeded()).Split('\n').Length);
        var wide = await sample.RunAsync("list", "--label", label, "--wide");
        Assert.Contains(label, wide.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("select ", wide.Out, StringComparison.Ordinal);
        Assert.Equal(["JOB", "STATUS", "TOOL", "SOURCE", "CREATED", "TOOK", "ROWS"], all.Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("There is more: --cursor ", first.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_cancel_gives_the_same_answer()
    {
        var job = (await sample.RunAsync("submit", "query", "--source", "flights", "--delay", "3600", "--params", """{"sql": "select 1"}""")).Succeeded();

        var first = await sample.RunAsync("cancel", job);
        var second = await sample.RunAsync("cancel", job);

        Assert.Equal($"{job} canceled", first.Succeeded());
        Assert.Equal(first.Out, second.Succeeded());
        Assert.Equal(3, (await sample.RunAsync("status", job)).Code);
    }

    [Fact]
    public async Task Cancelling_many_names_those_that_are_not_there()
    {
        var job = (await sample.RunAsync("submit", "query", "--source", "flights", "--delay", "3600", "--params", """{"sql": "select 1"}""")).Succeeded();

        var end = await sample.RunAsync("cancel", job, "j00000000");

        Assert.Equal(5, end.Code);
        Assert.Contains($"{job} canceled", end.Out, StringComparison.Ordinal);
        Assert.Contains("j00000000", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_is_a_new_job_that_names_the_old_one()
    {
        var label = $"retry={Guid.NewGuid():n}";
        Assert.Equal(1, (await sample.RunAsync("query", "--source", "flights", "--label", label, "select * from no_such_table")).Code);
        var failed = (await sample.RunAsync("list", "--label", label)).Lines[2].Split(' ')[0];

        var again = (await sample.RunAsync("retry", failed)).Succeeded();

        Assert.NotEqual(failed, again);
        Assert.Equal(1, (await sample.RunAsync("watch", again)).Code);
        Assert.Contains("retry of", (await sample.RunAsync("status", again)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_and_attempts_tell_what_happened()
    {
        var job = (await sample.RunAsync("query", "--no-wait", "--source", "flights", "select 1")).Succeeded();
        (await sample.RunAsync("watch", job)).Succeeded();

        var events = (await sample.RunAsync("events", job)).Succeeded();
        var attempts = await sample.RunAsync("attempts", job);

        Assert.Matches("job.submitted[^\n]*\n[^\n]*job.started[^\n]*\n(.*\n)*[^\n]*job.succeeded", events);
        Assert.Contains("succeeded", attempts.Succeeded(), StringComparison.Ordinal);
        Assert.Equal(3, attempts.Lines.Length);
    }

    [Fact]
    public async Task The_log_of_a_job_that_is_not_there_is_not_found()
    {
        Assert.Equal(5, (await sample.RunAsync("log", "j00000000")).Code);
    }

    [Fact]
    public async Task The_same_idempotency_key_gives_the_same_job_and_other_content_conflicts()
    {
        var key = Guid.NewGuid().ToString("n");
        string[] submit = ["submit", "query", "--source", "flights", "--idempotency-key", key, "--params"];

        var first = await sample.RunAsync([.. submit, """{"sql": "select 1"}"""]);
        var same = await sample.RunAsync([.. submit, """{"sql": "select 1"}"""]);
        var other = await sample.RunAsync([.. submit, """{"sql": "select 2"}"""]);

        Assert.Equal(first.Succeeded(), same.Succeeded());
        Assert.Equal(8, other.Code);
        Assert.Contains("idempotency_conflict", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_result_of_a_job_that_is_not_done_conflicts_and_says_how_to_wait()
    {
        var job = (await sample.RunAsync("submit", "query", "--source", "flights", "--delay", "3600", "--params", """{"sql": "select 1"}""")).Succeeded();

        var end = await sample.RunAsync("result", job);

        Assert.Equal(8, end.Code);
        Assert.Contains("not_done", end.Error, StringComparison.Ordinal);
        (await sample.RunAsync("cancel", job)).Succeeded();
    }

    [Fact]
    public async Task Every_answer_comes_as_json_when_asked_for()
    {
        var submitted = (await sample.RunAsync("submit", "--json", "query", "--source", "flights", "--params", """{"sql": "select 1"}""")).Succeeded();
        using var json = JsonDocument.Parse(submitted);
        var job = json.RootElement.GetProperty("job_id").GetString()!;
        (await sample.RunAsync("watch", job)).Succeeded();

        string[][] commands = [["status", job], ["result", job], ["list"], ["events", job], ["attempts", job], ["cancel", job], ["stats"], ["nodes"], ["audit"], ["sources", "list"], ["keys", "list"], ["projects", "list"], ["limits", "list"]];
        foreach (var command in commands)
        {
            using var answer = JsonDocument.Parse((await sample.RunAsync([.. command, "--json"])).Succeeded());
            Assert.Equal(JsonValueKind.Object, answer.RootElement.ValueKind);
        }
    }
}
