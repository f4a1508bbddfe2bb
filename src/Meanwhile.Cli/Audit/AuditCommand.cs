using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Audit;

/// <summary>Shows who did what.</summary>
internal static class AuditCommand
{
    private static readonly Option<string?> Action = new("--action") { Description = "Only this action, such as key.revoke", HelpName = "ACTION" };
    private static readonly Option<bool> AllProjects = new("--all-projects") { Description = "Of all projects and the instance, for instance admins" };

    public static Command Create(Shell shell) => new Command("audit", "Show who did what, newest first")
        .With(Action, AllProjects, PagingOptions.Limit, PagingOptions.Cursor)
        .Calls(shell, async (call, cancellationToken) =>
        {
            var page = await call.Administration.ReadAuditAsync(
                call.Get(Action), call.Get(AllProjects), call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
            var table = new Table(
                ["AT", "WHO", "ACTION", "WHAT", "DETAIL"],
                [.. page.Items.Select(entry => (IReadOnlyList<Cell>)
                [
                    new(Texts.Of(entry.At)), Cell.Blank(entry.Principal), Cell.Blank(entry.Action), Cell.Blank(entry.Subject), Cell.Blank(entry.Detail),
                ])]);
            return call.Print(table, page.NextCursor);
        });
}
