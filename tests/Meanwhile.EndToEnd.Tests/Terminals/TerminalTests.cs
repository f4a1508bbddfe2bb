using System.Text.RegularExpressions;
using Meanwhile.Cli.Tables;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Terminals;

/// <summary>What only a person at a terminal sees.</summary>
public sealed partial class TerminalTests(SampleServer sample)
{
    private const string Endless = "with recursive counter(n) as (select 1 union all select n + 1 from counter) select count(*) from counter";
    private const string Question = "[c]ancel it, [l]eave it running, or [w]ait on? ";
    private const string Rewritten = "\r\u001b[K";

    [Fact]
    public async Task One_line_is_written_over_and_over_while_a_query_is_waited_for()
    {
        await using var terminal = Terminal.Start(sample, 80, "query", "--source", "flights", Endless);
        var first = await terminal.UntilShownAsync(" running");
        var second = await terminal.UntilShownAsync($"{Rewritten}j", first);
        var job = ShortId().Match(terminal.Screen).Value;
        await terminal.UntilShownAsync(" s", second);

        (await sample.RunAsync("cancel", job)).Succeeded();

        Assert.Equal(3, await terminal.EndAsync());
        var line = terminal.Screen.Split(Rewritten).Where(part => part.Contains(" running", StringComparison.Ordinal)).ToList();
        Assert.True(line.Count > 1, terminal.Screen);
        Assert.All(line, part => Assert.DoesNotContain('\n', part));
    }

    [Fact]
    public async Task Ctrl_C_asks_and_the_answer_decides_to_wait_on_or_to_cancel()
    {
        await using var terminal = Terminal.Start(sample, 80, "query", "--source", "flights", Endless);
        var at = await terminal.UntilShownAsync(" running");

        await terminal.TypeAsync(Terminal.CtrlC);
        at = await terminal.UntilShownAsync(Question, at);
        await terminal.TypeAsync("w\n");
        at = await terminal.UntilShownAsync(" running", at);
        await terminal.TypeAsync(Terminal.CtrlC);
        at = await terminal.UntilShownAsync(Question, at);
        await terminal.TypeAsync("c\n");
        await terminal.UntilShownAsync("Cancel asked for: j", at);

        Assert.Equal(130, await terminal.EndAsync());
        Assert.Equal(3, (await sample.RunAsync("watch", ShortId().Match(terminal.Screen).Value)).Code);
    }

    [Fact]
    public async Task A_second_Ctrl_C_leaves_the_job_running_and_says_its_id()
    {
        await using var terminal = Terminal.Start(sample, 80, "query", "--source", "flights", Endless);
        var at = await terminal.UntilShownAsync(" running");

        await terminal.TypeAsync(Terminal.CtrlC);
        at = await terminal.UntilShownAsync(Question, at);
        await terminal.TypeAsync(Terminal.CtrlC);
        await terminal.UntilShownAsync("Left running: j", at);

        Assert.Equal(130, await terminal.EndAsync());
        var job = ShortId().Match(terminal.Screen).Value;
        Assert.Contains("running", (await sample.RunAsync("status", job)).Succeeded(), StringComparison.Ordinal);
        (await sample.RunAsync("cancel", job)).Succeeded();
    }

    [Fact]
    public async Task A_table_is_narrowed_to_the_terminal_and_data_does_not_drive_it()
    {
        await using var terminal = Terminal.Start(sample, 50, "query", "--source", "flights", "select 1 as n, replace(hex(zeroblob(100)), '0', 'x') as t, char(27) || '[31m' as esc");

        Assert.Equal(0, await terminal.EndAsync());
        var rows = terminal.Screen.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Contains("xxx", StringComparison.Ordinal)).ToList();
        var row = Assert.Single(rows);
        Assert.Contains("…", row, StringComparison.Ordinal);
        Assert.Contains("\\u001B[31m", row, StringComparison.Ordinal);
        Assert.True(Printable.Width(row) <= 50, row);
    }

    [Fact]
    public async Task What_is_too_wide_for_the_terminal_is_shown_a_record_at_a_time()
    {
        var columns = string.Join(", ", Enumerable.Range(1, 12).Select(i => $"'value {i}' as column_{i}"));
        await using var terminal = Terminal.Start(sample, 50, "query", "--source", "flights", $"select {columns}");

        Assert.Equal(0, await terminal.EndAsync());
        Assert.Contains("-- row 1 --", terminal.Screen, StringComparison.Ordinal);
        Assert.Contains("column_12  value 12", terminal.Screen, StringComparison.Ordinal);
    }

    [GeneratedRegex("j[0-9a-z]{8}")]
    private static partial Regex ShortId();
}
