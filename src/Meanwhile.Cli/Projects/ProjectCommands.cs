using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Projects;

/// <summary>projects list, show, create, set.</summary>
internal static class ProjectCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The project's name" };
    private static readonly Option<string?> DisplayName = new("--display-name") { Description = "For people", HelpName = "TEXT" };
    private static readonly Option<double?> Weight = new("--weight") { Description = "Its share of free slots against others'. Default 1", HelpName = "W" };

    public static Command Create(Shell shell) => new Command("projects", "The projects of the instance").With(
        new Command("list", "List projects").With(PagingOptions.Limit, PagingOptions.Cursor).Calls(shell, ListAsync),
        new Command("show", "Show a project").With(Name).Calls(shell, ShowAsync),
        new Command("create", "Make a project").With(Name, DisplayName, Weight).Calls(shell, (call, token) => PutAsync(call, create: true, token)),
        new Command("set", "Change a project, or make it").With(Name, DisplayName, Weight).Calls(shell, (call, token) => PutAsync(call, create: false, token)));

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = await call.Administration.ListProjectsAsync(call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        return call.Print(TableOf(page.Items), page.NextCursor);
    }

    private static async Task<int> ShowAsync(Call call, CancellationToken cancellationToken) =>
        call.Print(TableOf([await call.Administration.GetProjectAsync(call.Get(Name), cancellationToken)]), nextCursor: null);

    private static async Task<int> PutAsync(Call call, bool create, CancellationToken cancellationToken) =>
        call.Print(TableOf([await call.Administration.PutProjectAsync(call.Get(Name), call.Get(DisplayName), call.Get(Weight), create, cancellationToken)]), nextCursor: null);

    private static Table TableOf(IReadOnlyList<ProjectInfo> projects) => new(
        ["PROJECT", "DISPLAY NAME", "WEIGHT", "CHANGED"],
        [.. projects.Select(project => (IReadOnlyList<Cell>)
        [
            new(project.Name),
            Cell.Blank(project.DisplayName),
            new(Texts.Invariant($"{project.Weight}"), IsNumber: true),
            new(Texts.Of(project.UpdatedAt)),
        ])]);
}
