using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.Cli.Results;

/// <summary>Prints a succeeded job's result.</summary>
internal static class ResultPrinter
{
    private const int TableRowsDefault = 1_000;

    /// <summary>Prints it as was asked for.</summary>
    public static async Task<int> PrintAsync(Call call, Job job, ResultOutput output, CancellationToken cancellationToken)
    {
        if (output.Format is { } format) await ExportAsync(call, job, output, format, cancellationToken);
        else await PrintTableAsync(call, job, output, cancellationToken);
        return ExitCode.Ok;
    }

    private static async Task ExportAsync(Call call, Job job, ResultOutput output, ResultFormat format, CancellationToken cancellationToken)
    {
        if (output.File is not { } file)
        {
            await using var destination = call.Shell.OpenOut();
            await WriteAsync(destination);
            return;
        }

        await WholeFile.WriteAsync(file, WriteAsync);
        call.Shell.Error.WriteLine($"Wrote {file.FullName}.");

        async Task WriteAsync(Stream destination)
        {
            await call.Jobs.ExportResultAsync(job.Id.ToString(), output.Request, format, destination, cancellationToken);
            if (format == ResultFormat.Json) await destination.WriteAsync("\n"u8.ToArray(), cancellationToken); // one value without an end of line: a prompt would follow on it
        }
    }

    private static async Task PrintTableAsync(Call call, Job job, ResultOutput output, CancellationToken cancellationToken)
    {
        var request = output.Request with { Limit = output.Request.Limit ?? TableRowsDefault, Rows = RowShape.Arrays };
        var page = await call.Jobs.ReadResultAsync(job.Id.ToString(), request, cancellationToken);
        if (output.File is { } file)
        {
            await WholeFile.WriteAsync(file, async stream =>
            {
                await using var writer = new StreamWriter(stream);
                Write(writer, page, width: null);
            });
        }
        else
        {
            Write(call.Shell.Out, page, call.Shell.Width);
        }

        call.Shell.Error.WriteLine(Footer(job, page));
        if (page.StatementCount > 1) call.Shell.Error.WriteLine(OfScript(job, page));
    }

    private static void Write(TextWriter writer, ResultPage page, int? width)
    {
        if (page.Columns.Count > 0) ResultTable.Of(page).WriteTo(writer, width);
        if (page.Summary is { } summary) writer.WriteLine(summary);
    }

    private static string Footer(Job job, ResultPage page)
    {
        if (page.Columns.Count == 0) return page.RowsAffected is { } affected ? $"{Texts.Count(affected, "row")} affected." : "Done.";
        var shown = page.Rows.Count == page.RowCount ? Texts.Count(page.RowCount, "row") + "." : Texts.Invariant(
            $"{page.Rows.Count:N0} of {Texts.Count(page.RowCount, "row")}. All: meanwhile result {job.ShortId} --output FILE.csv");
        return page.TruncatedBy is { } cut ? $"{shown} Not complete: cut by the limit on {Word(cut)}." : shown;
    }

    /// <summary>Which of a script's results this is, and how to see the others.</summary>
    private static string OfScript(Job job, ResultPage page) => Texts.Invariant(
        $"Statement {page.Statement + 1} of {page.StatementCount}. The others: meanwhile result {job.ShortId} --statement N, from 0 to {page.StatementCount - 1}; this is {page.Statement}.");

    private static string Word(Truncation truncation) => truncation switch
    {
        Truncation.Rows => "rows",
        Truncation.Bytes => "bytes",
        Truncation.Cell => "a cell's size",
        Truncation.Source => "what the source gives",
    };
}
