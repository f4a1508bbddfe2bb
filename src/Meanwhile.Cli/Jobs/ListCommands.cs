using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Events;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>list, events, attempts, log.</summary>
internal static class ListCommands
{
    private static readonly Option<string[]> Status = new("--status") { Description = "Only this status; may be repeated", HelpName = "STATUS" };
    private static readonly Option<string?> Tool = new("--tool") { Description = "Only this tool", HelpName = "NAME" };
    private static readonly Option<string?> Source = new("--source", "-s") { Description = "Only this source", HelpName = "NAME" };
    private static readonly Option<string?> By = new("--submitted-by") { Description = "Only this principal's", HelpName = "KEY-ID" };
    private static readonly Option<string[]> Labels = new("--label") { Description = "Only with this label; may be repeated", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> Trace = new("--trace") { Description = "Only of this trace", HelpName = "ID" };
    private static readonly Option<string?> Since = new("--since") { Description = "Created at or after (RFC 3339)", HelpName = "TIME" };
    private static readonly Option<string?> Before = new("--before") { Description = "Created before (RFC 3339)", HelpName = "TIME" };
    private static readonly Option<double?> Longer = new("--took-min") { Description = "Ran for at least so many seconds", HelpName = "S" };
    private static readonly Option<double?> Shorter = new("--took-max") { Description = "Ran for at most so many seconds", HelpName = "S" };
    private static readonly Option<string?> Words = new("--words") { Description = "Words in the statement or the error", HelpName = "TEXT" };

    private static readonly Option<bool> Wide = new("--wide") { Description = "Show labels and the beginning of each statement too" };
    private const int WidthWithStatements = 120;

    private static readonly Argument<string?> Job = new("job") { Description = "The job; none = all of the project's", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> OneJob = new("job") { Description = "The job's id or short id" };
    private static readonly Option<string[]> Kinds = new("--kind") { Description = "Only this kind, such as job.succeeded; may be repeated", HelpName = "KIND" };
    private static readonly Option<double> Wait = new("--wait") { Description = "Wait so many seconds for a first event: 0 to 60", HelpName = "S" };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "Of this attempt. Default the newest", HelpName = "N" };

    public static IEnumerable<Command> All(Shell shell) =>
    [
        new Command("list", "List jobs, newest first")
            .With(Status, Tool, Source, By, Labels, Trace, Since, Before, Longer, Shorter, Words, Wide, PagingOptions.Limit, PagingOptions.Cursor)
            .Calls(shell, ListAsync),
        new Command("events", "Show what happened, oldest first").With(Job, Kinds, Wait, PagingOptions.Limit, PagingOptions.Cursor)
            .Calls(shell, EventsAsync),
        new Command("attempts", "Show a job's attempts").With(OneJob)
            .Calls(shell, AttemptsAsync),
        new Command("log", "Print an attempt's log").With(OneJob, Attempt)
            .Calls(shell, LogAsync),
    ];

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var query = new JobQuery
        {
            Statuses = call.Get(Status) ?? [],
            Tool = call.Get(Tool),
            Source = call.Get(Source),
            SubmittedBy = call.Get(By),
            Labels = LabelOptions.Read(call.Get(Labels)) ?? [],
            TraceId = call.Get(Trace),
            CreatedFrom = call.Get(Since) is { } since ? SubmissionOptions.Instant("--since", since) : null,
            CreatedBefore = call.Get(Before) is { } before ? SubmissionOptions.Instant("--before", before) : null,
            DurationSecondsMin = call.Get(Longer),
            DurationSecondsMax = call.Get(Shorter),
            Words = call.Get(Words),
        };
        var page = await call.Jobs.ListAsync(query, call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        var wide = call.Get(Wide);
        return call.Print(JobTable.Of(page.Items, call.Shell.Time.GetUtcNow(), statements: wide || call.Shell.Width >= WidthWithStatements, labels: wide), page.NextCursor);
    }

    private static async Task<int> EventsAsync(Call call, CancellationToken cancellationToken)
    {
        var query = new EventQuery
        {
            Cursor = call.Get(PagingOptions.Cursor),
            Kinds = call.Get(Kinds) ?? [],
            Limit = call.Get(PagingOptions.Limit),
            Wait = TimeSpan.FromSeconds(call.Get(Wait)),
        };
        var page = await call.Jobs.ReadEventsAsync(call.Parse.GetValue(Job), query, cancellationToken);
        call.Print(EventTable(page), nextCursor: null);
        if (!call.Json) call.Shell.Error.WriteLine($"Later events: --cursor {page.Cursor}");
        return ExitCode.Ok;
    }

    private static Table EventTable(EventPage page) => new(
        ["AT", "JOB", "EVENT", "STATUS", "ATTEMPT", "DETAIL"],
        [.. page.Items.Select(item => (IReadOnlyList<Cell>)
        [
            new(Texts.Of(item.Event.Data.At)),
            new(item.ShortId),
            new(item.Event.Data.Kind.Word),
            new(item.Event.Data.Status.Word),
            Cell.Number(item.Event.Data.Attempt),
            Cell.Blank(item.Event.Data.Detail is { } detail ? detail.Error?.Message ?? detail.Message : null),
        ])]);

    private static async Task<int> AttemptsAsync(Call call, CancellationToken cancellationToken)
    {
        var attempts = await call.Jobs.AttemptsAsync(call.Get(OneJob), cancellationToken);
        var table = new Table(
            ["ATTEMPT", "NODE", "STARTED", "ENDED", "OUTCOME", "ERROR"],
            [.. attempts.Select(attempt => (IReadOnlyList<Cell>)
            [
                Cell.Number(attempt.Ordinal),
                Cell.Blank(attempt.Node),
                new(Texts.Of(attempt.StartedAt)),
                Cell.Blank(Texts.Of(attempt.EndedAt)),
                Cell.Blank(attempt.Outcome ?? "running"),
                Cell.Blank(attempt.Error?.Message),
            ])]);
        return call.Print(table, nextCursor: null);
    }

    private static async Task<int> LogAsync(Call call, CancellationToken cancellationToken)
    {
        await using var log = await call.Jobs.OpenLogAsync(call.Get(OneJob), call.Get(Attempt), cancellationToken);
        await using var destination = call.Shell.OpenOut();
        await log.CopyToAsync(destination, cancellationToken);
        return ExitCode.Ok;
    }
}
