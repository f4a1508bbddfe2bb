using System.CommandLine;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Queries;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Tools;

namespace Meanwhile.Cli.Tools;

/// <summary>tools list, show, set, remove.</summary>
internal static class ToolCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The tool's name" };
    private static readonly Option<string> Description = new("--description") { Description = "What it does, in a sentence", HelpName = "TEXT", Required = true };
    private static readonly Option<string?> Schema = new("--params-schema") { Description = "A JSON Schema that params are held to", HelpName = "JSON" };
    private static readonly Option<int?> Priority = new("--priority") { Description = "The priority of jobs that do not say: 0 to 10", HelpName = "N" };
    private static readonly Option<int?> MaxAttempts = new("--max-attempts") { Description = "How many attempts jobs have that do not say. Default 3", HelpName = "N" };
    private static readonly Option<double?> Timeout = new("--timeout") { Description = "How long an attempt may run when the job does not say, in seconds", HelpName = "S" };
    private static readonly Option<bool> Once = new("--not-idempotent") { Description = "Never run it again when it is unknown how far it came" };

    public static Command Create(Shell shell) => new Command("tools", "What jobs can run").With(
        new Command("list", "List the tools").With(PagingOptions.Limit, PagingOptions.Cursor).Calls(shell, ListAsync),
        new Command("show", "Show a tool").With(Name).Calls(shell, ShowAsync),
        new Command("set", "Declare a tool whose jobs workers run, new or there already").With(Name, Description, Schema, Priority, MaxAttempts, Timeout, Once).Calls(shell, SetAsync),
        new Command("remove", "Remove such a tool").With(Name).Calls(shell, RemoveAsync));

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = await call.Administration.ListToolsAsync(call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        var table = new Table(
            ["NAME", "RUN BY", "WORKERS", "TIMEOUT", "DEFINED BY", "DESCRIPTION"],
            [.. page.Items.Select(tool => (IReadOnlyList<Cell>)
            [
                new(tool.Definition.Descriptor.Name),
                new(tool.Definition.Kind.Word),
                Cell.Number(tool.WorkerCount),
                Cell.Blank(tool.Definition.Descriptor.Timeout is { } timeout ? Texts.Of(timeout) : ""),
                new(DefinedBy(tool)),
                Cell.Blank(tool.Definition.Descriptor.Description),
            ])]);
        return call.Print(table, page.NextCursor);
    }

    private static async Task<int> ShowAsync(Call call, CancellationToken cancellationToken)
    {
        var tool = await call.Administration.GetToolAsync(call.Get(Name), cancellationToken);
        return call.Print(writer => Write(writer, tool));
    }

    private static async Task<int> SetAsync(Call call, CancellationToken cancellationToken)
    {
        var defaults = new ToolDescriptor { Name = call.Get(Name), Description = call.Get(Description)! };
        var definition = new ToolDefinition
        {
            Descriptor = defaults with
            {
                Priority = call.Get(Priority) ?? defaults.Priority,
                MaxAttempts = call.Get(MaxAttempts) ?? defaults.MaxAttempts,
                Timeout = call.Get(Timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Repeatable = !call.Get(Once),
            },
            ParamsSchema = call.Get(Schema) is { } schema ? JsonText.Parse("--params-schema", schema) : default,
        };
        var tool = await call.Administration.PutToolAsync(definition, cancellationToken);
        return call.Print(writer => Write(writer, tool));
    }

    private static async Task<int> RemoveAsync(Call call, CancellationToken cancellationToken)
    {
        await call.Administration.DeleteToolAsync(call.Get(Name), cancellationToken);
        return call.Print(writer => writer.WriteLine($"{call.Get(Name)} removed"));
    }

    private static string DefinedBy(ToolInfo tool) => tool.FromConfiguration ? "server" : "api";

    private static void Write(TextWriter writer, ToolInfo tool)
    {
        var descriptor = tool.Definition.Descriptor;
        writer.WriteLine($"name         {descriptor.Name}");
        writer.WriteLine($"does         {Printable.Of(descriptor.Description)}");
        writer.WriteLine($"run by       {tool.Definition.Kind.Word}{(tool.WorkerCount is { } count ? Texts.Invariant($", {count} there") : "")}");
        if (tool.Definition.ParamsSchema.ValueKind == JsonValueKind.Object) writer.WriteLine($"params       {Printable.Of(tool.Definition.ParamsSchema.GetRawText())}");
        writer.WriteLine(Texts.Invariant($"priority     {descriptor.Priority}"));
        writer.WriteLine(Texts.Invariant($"attempts     {descriptor.MaxAttempts}"));
        writer.WriteLine($"timeout      {(descriptor.Timeout is { } timeout ? Texts.Of(timeout) : "none")}");
        writer.WriteLine($"idempotent   {(descriptor.Repeatable ? "yes" : "no")}");
        writer.WriteLine($"defined by   {(tool.FromConfiguration ? "the server" : "the API")}");
    }
}
