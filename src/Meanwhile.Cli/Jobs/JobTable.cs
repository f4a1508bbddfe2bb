using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>Jobs as a table.</summary>
internal static class JobTable
{
    private const int StatementWidthMax = 200; // the terminal's width shortens it further

    /// <param name="statements">Whether there is room for the beginning of each statement.</param>
    public static Table Of(IReadOnlyList<Job> jobs, DateTimeOffset now, bool statements, bool labels) => new(
        ["JOB", "STATUS", "TOOL", "SOURCE", "CREATED", "TOOK", "ROWS", .. Only(labels, "LABELS"), .. Only(statements, "STATEMENT")],
        [.. jobs.Select(job => (IReadOnlyList<Cell>)
        [
            new(job.ShortId),
            new(JobSheet.StatusWord(job, now)),
            Cell.Blank(job.Record.Spec.Tool),
            Cell.Blank(job.Record.Spec.Source),
            new(Texts.Of(job.Record.Spec.CreatedAt)),
            Cell.Blank(job.Duration is { } took ? Texts.Of(took) : null),
            Cell.Number(job.Record.State.Result is { DefaultStatement: >= 0 } result ? result.RowCount : null),
            .. Only(labels, Cell.Blank(string.Join(", ", job.Record.Spec.Labels.Select(label => $"{label.Key}={label.Value}")))),
            .. Only(statements, Cell.Blank(OnOneLine(job.Record.Spec.Statement))),
        ])]);

    private static IEnumerable<T> Only<T>(bool wanted, T item) => wanted ? [item] : [];

    private static string? OnOneLine(string? statement) =>
        statement is null ? null : Printable.Shorten(string.Join(' ', statement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StatementWidthMax);
}
