using System.CommandLine;
using System.Text.Json.Nodes;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Jobs;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Queries;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Sources;

namespace Meanwhile.Cli.Sources;

/// <summary>sources list, show, add, set, remove, probe.</summary>
internal static class SourceCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The source's name" };
    private static readonly Option<string> Type = new("--type") { Description = "Which kind of system", DefaultValueFactory = _ => "sqlite", HelpName = "TYPE" };
    private static readonly Option<string?> Settings = new("--settings") { Description = "What the kind needs, a JSON object; secrets as ${env:NAME} or ${file:PATH}", HelpName = "JSON" };
    private static readonly Option<string[]> Setting = new("--setting") { Description = "One setting; a value that is JSON is taken as such, all else as text; may be repeated", HelpName = "NAME=VALUE" };
    private static readonly Option<bool> Writable = new("--writable") { Description = "Let statements write" };
    private static readonly Option<int?> Concurrency = new("--concurrency") { Description = "How many statements may run at once", HelpName = "N" };
    private static readonly Option<double?> StatementTimeout = new("--statement-timeout") { Description = "How long a statement may run when the job does not say, in seconds", HelpName = "S" };
    private static readonly Option<long?> MaxRows = new("--max-rows") { Description = "At most so many rows of a statement are kept", HelpName = "N" };
    private static readonly Option<long?> MaxResultBytes = new("--max-result-bytes") { Description = "At most so many bytes of a job's result are kept", HelpName = "N" };
    private static readonly Option<int?> MaxCellBytes = new("--max-cell-bytes") { Description = "A longer cell is cut. Default 16 MiB", HelpName = "N" };

    private static Symbol[] Definition => [Name, Type, Settings, Setting, Writable, Concurrency, StatementTimeout, MaxRows, MaxResultBytes, MaxCellBytes];

    public static Command Create(Shell shell) => new Command("sources", "The data systems that statements run on").With(
        new Command("list", "List the sources that the project can use").With(PagingOptions.Limit, PagingOptions.Cursor).Calls(shell, ListAsync),
        new Command("show", "Show a source").With(Name).Calls(shell, ShowAsync),
        new Command("add", "Define a new source").With(Definition).Calls(shell, (call, token) => PutAsync(call, create: true, token)),
        new Command("set", "Define a source, new or there already").With(Definition).Calls(shell, (call, token) => PutAsync(call, create: false, token)),
        new Command("remove", "Remove a source").With(Name).Calls(shell, RemoveAsync),
        new Command("probe", "Try whether a source can be used").With(Name).Calls(shell, ProbeAsync));

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = await call.Administration.ListSourcesAsync(call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        var table = new Table(
            ["NAME", "TYPE", "ACCESS", "AT ONCE", "LIMITS", "DEFINED BY", "SETTINGS"],
            [.. page.Items.Select(source => (IReadOnlyList<Cell>)
            [
                new(source.Definition.Name),
                new(source.Definition.Type),
                new(Access(source)),
                Cell.Number(source.Definition.Options.Concurrency),
                Cell.Blank(string.Join(", ", Limits(source.Definition.Options).Select(limit => $"{limit.Name} {limit.Value}"))),
                new(source.FromConfiguration ? "file" : "api"),
                Cell.Blank(source.Definition.Settings.ToString()),
            ])]);
        return call.Print(table, page.NextCursor);
    }

    private static async Task<int> ShowAsync(Call call, CancellationToken cancellationToken)
    {
        var source = await call.Administration.GetSourceAsync(call.Get(Name), cancellationToken);
        return call.Print(writer => Write(writer, source));
    }

    private static async Task<int> PutAsync(Call call, bool create, CancellationToken cancellationToken)
    {
        var options = new SourceOptions
        {
            ReadOnly = !call.Get(Writable),
            Concurrency = call.Get(Concurrency),
            StatementTimeout = call.Get(StatementTimeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            RowsMax = call.Get(MaxRows),
            ResultBytesMax = call.Get(MaxResultBytes),
        };
        if (call.Get(MaxCellBytes) is { } cellBytes) options = options with { CellBytesMax = cellBytes };
        var settings = JsonText.Parse("--settings", SettingsOf(call).ToJsonString());
        var source = await call.Administration.PutSourceAsync(new SourceRequest(call.Get(Name), call.Get(Type)!, settings, options), create, cancellationToken);
        return call.Print(writer => Write(writer, source));
    }

    private static async Task<int> RemoveAsync(Call call, CancellationToken cancellationToken)
    {
        await call.Administration.DeleteSourceAsync(call.Get(Name), cancellationToken);
        return call.Print(writer => writer.WriteLine($"{call.Get(Name)} removed"));
    }

    private static async Task<int> ProbeAsync(Call call, CancellationToken cancellationToken)
    {
        var probe = await call.Administration.ProbeSourceAsync(call.Get(Name), cancellationToken);
        call.Print(writer => writer.WriteLine(probe.Error is { } error
            ? $"{probe.Name} can't be used: {Printable.Of(error.Message)} ({error.Code})"
            : $"{probe.Name} can be used ({Texts.Of(probe.Took)})"));
        if (probe.Error?.Hint is { } hint) Complaint.WriteHint(call.Shell, hint);
        return probe.Error is null ? ExitCode.Ok : ExitCode.JobFailed;
    }

    private static JsonObject SettingsOf(Call call)
    {
        var settings = call.Get(Settings) is { } json
            ? JsonNode.Parse(JsonText.Parse("--settings", json).GetRawText()) as JsonObject ?? throw new UsageException("--settings is no JSON object.")
            : [];
        foreach (var text in call.Get(Setting) ?? [])
        {
            var (name, value) = LabelOptions.Split("--setting", text);
            settings[name] = JsonText.Value(value);
        }

        return settings;
    }

    private static string Access(SourceInfo source) => source.Definition.Options.ReadOnly ? "read-only" : "writable";

    /// <summary>The limits that were set, under their names.</summary>
    private static IEnumerable<(string Name, string Value)> Limits(SourceOptions options)
    {
        if (options.RowsMax is { } rows) yield return ("rows", Texts.Invariant($"{rows:N0}"));
        if (options.ResultBytesMax is { } bytes) yield return ("result bytes", Texts.Invariant($"{bytes:N0}"));
        if (options.CellBytesMax != new SourceOptions().CellBytesMax) yield return ("cell bytes", Texts.Invariant($"{options.CellBytesMax:N0}"));
    }

    private static void Write(TextWriter writer, SourceInfo source)
    {
        var options = source.Definition.Options;
        writer.WriteLine($"name         {source.Definition.Name}");
        writer.WriteLine($"type         {source.Definition.Type}");
        writer.WriteLine($"settings     {Printable.Of(source.Definition.Settings.ToString())}");
        writer.WriteLine($"access       {Access(source)}");
        writer.WriteLine($"at once      {options.Concurrency?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "the server's default"}");
        writer.WriteLine($"timeout      {(options.StatementTimeout is { } timeout ? Texts.Of(timeout) : "none")}");
        foreach (var (name, value) in Limits(options)) writer.WriteLine($"{name,-12} {value}");
        writer.WriteLine($"defined by   {(source.FromConfiguration ? "the configuration file" : "the API")}");
    }
}
