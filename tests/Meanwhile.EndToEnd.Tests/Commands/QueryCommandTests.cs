using System.Runtime.InteropServices;
using System.Text.Json;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

public sealed class QueryCommandTests(SampleServer sample)
{
    private const string Endless = "with recursive counter(n) as (select 1 union all select n + 1 from counter) select count(*) from counter";

    [Fact]
    public async Task Query_prints_a_table_with_numbers_right_and_null_apart_from_empty()
    {
        var end = await sample.RunAsync("query", "--source", "flights", "select 1 as one, 'a' as letter, null as absent, '' as empty, 'NULL' as word union all select 1000, 'bb', 2, 'x', 'y'");

        end.Succeeded();
        Assert.Equal(
            [
                " one  letter  absent  empty  word",
                "----  ------  ------  -----  ------",
                "   1  a         NULL         'NULL'",
                "1000  bb           2  x      y",
            ],
            end.Lines);
        Assert.Contains("2 rows.", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_ends_at_once_says_nothing_of_its_progress_off_a_terminal()
    {
        var end = await sample.RunAsync("query", "--source", "flights", "select 1");

        end.Succeeded();
        Assert.Equal("1 row.", end.Error);
    }

    [Theory]
    [InlineData("out.parquet", "none of .csv, .json, .ndjson and .jsonl")]
    [InlineData("none/out.csv", "there is no folder")]
    public async Task An_output_that_can_not_be_written_is_refused_before_anything_runs(string output, string sentence)
    {
        using var folder = new Folder();
        var label = $"output={Guid.NewGuid():n}";
        var end = await sample.RunAsync("query", "--source", "flights", "--label", label, "--output", folder.File(output), "select 1");

        Assert.Equal(2, end.Code);
        Assert.Contains(sentence, end.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing to show", (await sample.RunAsync("list", "--label", label)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_format_that_is_given_decides_whatever_the_ending_and_json_ends_with_a_line()
    {
        using var folder = new Folder();
        (await sample.RunAsync("query", "--source", "flights", "--format", "json", "--output", folder.File("out.parquet"), "select 1")).Succeeded();

        Assert.Equal("[[1]]\n", await File.ReadAllTextAsync(folder.File("out.parquet")));
    }

    [Fact]
    public async Task A_result_that_can_not_be_written_in_the_end_can_be_had_without_running_again()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(folder.File("out.csv.partial")); // where the unfinished file would be
        var end = await sample.RunAsync("query", "--source", "flights", "--output", folder.File("out.csv"), "select 1");

        Assert.Equal(1, end.Code);
        Assert.Matches("(?m)^hint: The query has run: 'meanwhile result j[0-9a-z]{8}'", end.Error);
    }

    [Fact]
    public async Task A_script_says_which_of_its_results_is_shown_and_how_to_see_the_others()
    {
        var end = await sample.RunAsync("query", "--source", "flights", "select 1; select 2; select 3");

        end.Succeeded();
        Assert.Matches("Statement 3 of 3. The others: meanwhile result j[0-9a-z]{8} --statement N, from 0 to 2", end.Error);
    }

    [Theory]
    [InlineData("csv", "n,t\n1,\"a,b\"\n,\"\"")]
    [InlineData("ndjson", "[1,\"a,b\"]\n[null,\"\"]")]
    [InlineData("json", "[[1,\"a,b\"],[null,\"\"]]")]
    public async Task Query_prints_other_formats(string format, string expected)
    {
        var end = await sample.RunAsync("query", "--source", "flights", "--format", format, "select 1 as n, 'a,b' as t union all select null, ''");

        Assert.Equal(expected, WithoutSpace(format, end.Succeeded().Replace("\r", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Query_writes_a_whole_file_in_the_format_of_its_ending()
    {
        using var folder = new Folder();
        var end = await sample.RunAsync("query", "--source", "flights", "--output", folder.File("out.csv"), "select iata from airports order by iata");

        end.Succeeded();
        var lines = await File.ReadAllLinesAsync(folder.File("out.csv"));
        Assert.Equal("iata", lines[0]);
        Assert.Equal(3_377, lines.Length);
        Assert.Equal([folder.File("out.csv")], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Query_takes_the_statement_from_a_file_or_from_standard_input()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("q.sql"), "select 41 + 1 as answer");

        var fromFile = await sample.RunAsync("query", "--source", "flights", "--file", folder.File("q.sql"), "--format", "ndjson");
        var fromInput = await sample.RunAsync(["query", "-", "--source", "flights", "--format", "ndjson"], input: "select 41 + 1 as answer");

        Assert.Equal("[42]", fromFile.Succeeded());
        Assert.Equal("[42]", fromInput.Succeeded());
    }

    [Fact]
    public async Task Parameters_are_typed_by_name_and_by_position()
    {
        var named = await sample.RunAsync(
            "query", "--source", "flights", "--format", "ndjson", "--param", "n=5", "--param", "t=five", "--param", "z=\"5\"", "--param", "nothing=null", "select :n + 1, :t, typeof(:z), :nothing");
        var positional = await sample.RunAsync("query", "--source", "flights", "--format", "ndjson", "--params", "[7, \"a\"]", "select ?1 * 2, ?2");

        Assert.Equal("[6,\"five\",\"text\",null]", WithoutSpace("json", named.Succeeded()));
        Assert.Equal("[14,\"a\"]", WithoutSpace("json", positional.Succeeded()));
    }

    [Fact]
    public async Task A_statement_that_does_not_parse_ends_with_1_and_a_caret_under_the_place()
    {
        var end = await sample.RunAsync("query", "--source", "flights", "select iata\n  frm airports");

        Assert.Equal(1, end.Code);
        Assert.Contains("syntax", end.Error, StringComparison.Ordinal);
        var lines = end.Error.Split('\n');
        var caret = Array.FindIndex(lines, line => line.Trim() == "^");
        Assert.True(caret > 0, end.Error);
        Assert.StartsWith("  line 2: ", lines[caret - 1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_runs_out_of_time_ends_with_4()
    {
        var end = await sample.RunAsync("query", "--source", "flights", "--timeout", "0.3", "--max-attempts", "1", Endless);

        Assert.Equal(4, end.Code);
        Assert.Contains("timeout", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_somebody_cancels_ends_with_3()
    {
        await using var query = sample.Start(["query", "--source", "flights", Endless]);
        var job = await RunningJobOfAsync(query);

        (await sample.RunAsync("cancel", job)).Succeeded();

        Assert.Equal(3, await query.EndAsync());
    }

    [Fact]
    public async Task An_interrupt_without_a_terminal_leaves_the_job_running_and_says_its_id()
    {
        await using var query = sample.Start(["query", "--source", "flights", Endless]);
        var job = await RunningJobOfAsync(query);

        query.Signal(PosixSignal.SIGINT);

        Assert.Equal(130, await query.EndAsync());
        Assert.Contains($"Left running: {job}", query.Error, StringComparison.Ordinal);
        Assert.Contains("running", (await sample.RunAsync("status", job)).Succeeded(), StringComparison.Ordinal);
        (await sample.RunAsync("cancel", job)).Succeeded();
    }

    [Fact]
    public async Task An_interrupt_cancels_the_job_where_that_was_asked_for()
    {
        await using var query = sample.Start(["query", "--source", "flights", "--cancel-on-interrupt", Endless]);
        var job = await RunningJobOfAsync(query);

        query.Signal(PosixSignal.SIGINT);

        Assert.Equal(130, await query.EndAsync());
        Assert.Equal(3, (await sample.RunAsync("watch", job)).Code);
    }

    [Fact]
    public async Task A_dry_run_checks_and_makes_no_job()
    {
        var label = $"dry={Guid.NewGuid():n}";
        var end = await sample.RunAsync("query", "--source", "flights", "--label", label, "--dry-run", "--param", "state=AK", "select iata from airports where state = :state");

        Assert.Contains("columns     iata", end.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("state", end.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing to show", (await sample.RunAsync("list", "--label", label)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_the_servers_answer_as_it_came()
    {
        var end = await sample.RunAsync("query", "--json", "--source", "flights", "select 1");

        using var job = JsonDocument.Parse(end.Succeeded());
        Assert.Equal("succeeded", job.RootElement.GetProperty("status").GetString());
        Assert.True(job.RootElement.TryGetProperty("job_id", out _));
    }

    [Fact]
    public async Task A_long_table_says_how_to_have_all_of_it()
    {
        var end = await sample.RunAsync("query", "--source", "flights", "--rows", "3", "select * from flights");

        end.Succeeded();
        Assert.Equal(5, end.Lines.Length);
        Assert.Contains("3 of 20,000 rows. All: meanwhile result j", end.Error, StringComparison.Ordinal);
    }

    /// <summary>The short id of the job that a query waits for, once it runs.</summary>
    private async Task<string> RunningJobOfAsync(Executable query)
    {
        var job = "";
        await sample.Server.UntilAsync(
            "The query's job runs",
            () =>
            {
                var line = query.Error.Split('\n').FirstOrDefault(line => line.Contains(" running", StringComparison.Ordinal));
                job = line?.Split(' ')[0] ?? "";
                if (query.HasExited) throw new InvalidOperationException($"The query ended.\n{query.Error}");
                return Task.FromResult(line is not null);
            },
            TimeSpan.FromSeconds(30));
        return job;
    }

    private static string WithoutSpace(string format, string text) => format == "csv" ? text : text.Replace(", ", ",", StringComparison.Ordinal).Replace("a,b", "a,b", StringComparison.Ordinal);
}
