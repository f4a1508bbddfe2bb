using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Limits;

/// <summary>limits list, show, set, remove.</summary>
internal static class LimitCommands
{
    private static readonly Argument<string> Key = new("key") { Description = "The limit's key, such as source:flights" };
    private static readonly Argument<int> Max = new("max") { Description = "How many jobs may run at once under it; 0 pauses" };

    public static Command Create(Shell shell) => new Command("limits", "How many jobs may run at once").With(
        new Command("list", "List limits").With(PagingOptions.Limit, PagingOptions.Cursor).Calls(shell, ListAsync),
        new Command("show", "Show a limit").With(Key).Calls(shell, ShowAsync),
        new Command("set", "Set a limit").With(Key, Max).Calls(shell, SetAsync),
        new Command("remove", "Remove a limit").With(Key).Calls(shell, RemoveAsync));

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = await call.Administration.ListLimitsAsync(call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        return call.Print(TableOf(page.Items), page.NextCursor);
    }

    private static async Task<int> ShowAsync(Call call, CancellationToken cancellationToken) =>
        call.Print(TableOf([await call.Administration.GetLimitAsync(call.Get(Key), cancellationToken)]), nextCursor: null);

    private static async Task<int> SetAsync(Call call, CancellationToken cancellationToken) =>
        call.Print(TableOf([await call.Administration.PutLimitAsync(call.Get(Key), call.Get(Max), cancellationToken)]), nextCursor: null);

    private static async Task<int> RemoveAsync(Call call, CancellationToken cancellationToken)
    {
        await call.Administration.DeleteLimitAsync(call.Get(Key), cancellationToken);
        return call.Print(writer => writer.WriteLine($"{call.Get(Key)} removed"));
    }

    private static Table TableOf(IReadOnlyList<LimitInfo> limits) => new(
        ["LIMIT", "MAX", "CHANGED"],
        [.. limits.Select(limit => (IReadOnlyList<Cell>)[Cell.Blank(limit.Key), Cell.Number(limit.Max), new(Texts.Of(limit.UpdatedAt))])]);
}
