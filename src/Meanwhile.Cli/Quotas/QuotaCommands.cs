using System.CommandLine;
using System.Globalization;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Quotas;

/// <summary>quotas list, show, set, remove.</summary>
internal static class QuotaCommands
{
    private static readonly Argument<string> Key = new("key") { Description = "Whose quota: project:NAME or key:ID" };
    private static readonly Option<long?> LiveJobs = new("--live-jobs") { Description = "How many jobs may wait or run at once", HelpName = "N" };
    private static readonly Option<long?> PerMinute = new("--submissions-per-minute") { Description = "How many jobs may be submitted in a minute", HelpName = "N" };
    private static readonly Option<long?> PerDay = new("--submissions-per-day") { Description = "How many jobs may be submitted in a day (UTC)", HelpName = "N" };
    private static readonly Option<long?> ResultBytes = new("--result-bytes") { Description = "Over how many bytes of stored results no more jobs are taken; for projects", HelpName = "N" };

    public static Command Create(Shell shell) => new Command("quotas", "How much a project or a key may use").With(
        new Command("list", "List quotas, and how much of each is used").With(PagingOptions.Limit, PagingOptions.Cursor).Calls(shell, ListAsync),
        new Command("show", "Show a quota").With(Key).Calls(shell, ShowAsync),
        new Command("set", "Set a quota as a whole: what is not given is not limited").With(Key, LiveJobs, PerMinute, PerDay, ResultBytes).Calls(shell, SetAsync),
        Removing(new Command("remove", "Remove a quota")).With(Key).Calls(shell, RemoveAsync));

    private static Command Removing(Command command)
    {
        command.Aliases.Add("delete");
        return command;
    }

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = await call.Administration.ListQuotasAsync(call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        return call.Print(TableOf(page.Items), page.NextCursor);
    }

    private static async Task<int> ShowAsync(Call call, CancellationToken cancellationToken) =>
        call.Print(TableOf([await call.Administration.GetQuotaAsync(call.Get(Key), cancellationToken)]), nextCursor: null);

    private static async Task<int> SetAsync(Call call, CancellationToken cancellationToken)
    {
        var limits = new QuotaLimits { LiveJobs = call.Get(LiveJobs), SubmissionsPerMinute = call.Get(PerMinute), SubmissionsPerDay = call.Get(PerDay), ResultBytes = call.Get(ResultBytes) };
        return call.Print(TableOf([await call.Administration.PutQuotaAsync(call.Get(Key), limits, cancellationToken)]), nextCursor: null);
    }

    private static async Task<int> RemoveAsync(Call call, CancellationToken cancellationToken)
    {
        await call.Administration.DeleteQuotaAsync(call.Get(Key), cancellationToken);
        return call.Print(writer => writer.WriteLine($"{call.Get(Key)} removed"));
    }

    private static Table TableOf(IReadOnlyList<QuotaInfo> quotas) => new(
        ["QUOTA", "LIVE JOBS", "A MINUTE", "A DAY", "RESULT BYTES", "CHANGED"],
        [.. quotas.Select(quota => (IReadOnlyList<Cell>)
        [
            Cell.Blank(quota.Key),
            Of(quota.Used.LiveJobs, quota.Limits.LiveJobs),
            Of(quota.Used.SubmissionsThisMinute, quota.Limits.SubmissionsPerMinute),
            Of(quota.Used.SubmissionsToday, quota.Limits.SubmissionsPerDay),
            Of(quota.Used.ResultBytes, quota.Limits.ResultBytes),
            new(Texts.Of(quota.UpdatedAt)),
        ])]);

    /// <summary>How much of how much; blank where there is no limit.</summary>
    private static Cell Of(long used, long? max) => new(max is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{used} of {max}"), IsNumber: true);
}
