using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>Jobs as a table.</summary>
internal static class JobTable
{
    public static Table Of(IReadOnlyList<Job> jobs, DateTimeOffset now) => new(
        ["JOB", "STATUS", "TOOL", "SOURCE", "CREATED", "TOOK", "ROWS"],
        [.. jobs.Select(job => (IReadOnlyList<Cell>)
        [
            new(job.ShortId),
            new(JobSheet.StatusWord(job, now)),
            Cell.Blank(job.Record.Spec.Tool),
            Cell.Blank(job.Record.Spec.Source),
            new(Texts.Of(job.Record.Spec.CreatedAt)),
            Cell.Blank(JobSheet.Took(job, now) is { } took ? Texts.Of(took) : null),
            Cell.Number(job.Record.State.Result is { DefaultStatement: >= 0 } result ? result.RowCount : null),
        ])]);
}
