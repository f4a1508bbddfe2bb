using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Results;

namespace Meanwhile.Cli.Results;

/// <summary>How a result is to be printed.</summary>
/// <param name="Format">Null = a table.</param>
/// <param name="File">Null = standard output.</param>
internal sealed record ResultOutput(ResultFormat? Format, FileInfo? File, ResultRequest Request);

/// <summary>The options that say how a result is printed.</summary>
internal static class ResultOptions
{
    private static readonly Option<string?> Format = NewFormat();
    private static readonly Option<FileInfo?> Output = new("--output", "-o") { Description = "Write to a file, which is there once it is whole; a device or FIFO is written straight through", HelpName = "FILE" };
    private static readonly Option<int?> Rows = new("--rows") { Description = "At most so many rows. Default: of a table 1,000, else all", HelpName = "N" };
    private static readonly Option<long> Offset = new("--offset") { Description = "From this row, counted from 0", HelpName = "N" };
    private static readonly Option<int?> Statement = new("--statement") { Description = "Of a script, this statement's result, counted from 0", HelpName = "N" };
    private static readonly Option<bool> Objects = new("--objects") { Description = "JSON rows as objects instead of arrays" };
    private static readonly Option<bool> NumbersAsStrings = new("--numbers-as-strings") { Description = "JSON numbers as strings, for readers whose numbers are doubles" };

    /// <summary>All of them.</summary>
    public static Symbol[] All => [Format, Output, Rows, Offset, Statement, Objects, NumbersAsStrings];

    /// <summary>What they say.</summary>
    public static ResultOutput Read(Call call)
    {
        var file = call.Get(Output);
        var format = call.Get(Format) ?? (file is null ? null : FormatOf(file));
        if (file is not null) CheckPlace(file);
        return new ResultOutput(
            format switch { "csv" => ResultFormat.Csv, "json" => ResultFormat.Json, "ndjson" => ResultFormat.Ndjson, _ => null },
            file,
            new ResultRequest
            {
                Statement = call.Get(Statement),
                Offset = call.Get(Offset) is >= 0 and var offset ? offset : throw new UsageException("--offset counts from 0."),
                Limit = call.Get(Rows),
                Rows = call.Get(Objects) ? RowShape.Objects : RowShape.Arrays,
                Numbers = call.Get(NumbersAsStrings) ? NumberShape.Strings : NumberShape.Native,
            });
    }

    private static string FormatOf(FileInfo file) => file.Extension.ToLowerInvariant() switch
    {
        ".csv" => "csv",
        ".json" => "json",
        ".ndjson" or ".jsonl" => "ndjson",
        _ => throw new UsageException(
            $"--output '{file.Name}' does not say in which format: its ending is none of .csv, .json, .ndjson and .jsonl.", "Give one of these endings, or say --format table, csv, json or ndjson."),
    };

    /// <summary>Refuses before anything runs what could not be written in the end.</summary>
    private static void CheckPlace(FileInfo file)
    {
        if (FileKinds.Of(file.FullName) == FileKind.Nothing && WholeFile.Target(file.FullName).Directory is { Exists: false } folder) throw new UsageException($"--output: there is no folder {folder.FullName}.", "Make it first, or name another.");
        if (Directory.Exists(file.FullName)) throw new UsageException($"--output: {file.FullName} is a folder.", "Name a file.");
    }

    private static Option<string?> NewFormat()
    {
        var format = new Option<string?>("--format") { Description = "table (the default), csv, json or ndjson; the output file's ending says it too", HelpName = "FORMAT" };
        format.AcceptOnlyFromAmong("table", "csv", "json", "ndjson");
        return format;
    }
}
