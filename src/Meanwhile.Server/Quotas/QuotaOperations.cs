using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Quotas;

/// <summary>Managing quotas.</summary>
internal static class QuotaOperations
{
    private const string Address = "/v1/quotas/{key}";

    private static readonly Answer QuotaAnswer = new(StatusCodes.Status200OK, "The quota, and how much of it is used.", ContractsJson.Wire.QuotaResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/quotas", "list_quotas", "Lists the quotas of the project and its keys; for others than admins, the project's and their own.", ListAsync)
        {
            Query = Paging.Parameters,
            Answers = [new(StatusCodes.Status200OK, "A page of quotas.", ContractsJson.Wire.QuotaList)],
        },
        new("GET", Address, "get_quota", "Shows a quota.", GetAsync) { Answers = [QuotaAnswer] },
        new("PUT", Address, "put_quota", "Sets how much a project or a key may use; a project's only for instance admins.", PutAsync) { Body = ContractsJson.Requests.QuotaLimitsResource, Answers = [QuotaAnswer] },
        new("DELETE", Address, "delete_quota", "Removes a quota.", DeleteAsync) { Answers = [new(StatusCodes.Status204NoContent, "It is gone.")] },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var page = await exchange.Administration.ListQuotasAsync(Paging.Cursor(exchange.Query), Paging.Limit(exchange.Query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.QuotaList);
    }

    private static async Task GetAsync(Exchange exchange) => await AnswerAsync(exchange, await exchange.Administration.GetQuotaAsync(exchange.Route("key"), exchange.Aborted));

    private static async Task PutAsync(Exchange exchange)
    {
        var limits = await exchange.ReadAsync(ContractsJson.Requests.QuotaLimitsResource);
        var asked = new QuotaLimits { LiveJobs = limits.LiveJobs, SubmissionsPerMinute = limits.SubmissionsPerMinute, SubmissionsPerDay = limits.SubmissionsPerDay, ResultBytes = limits.ResultBytes };
        await AnswerAsync(exchange, await exchange.Administration.PutQuotaAsync(exchange.Route("key"), asked, exchange.Aborted));
    }

    private static async Task DeleteAsync(Exchange exchange)
    {
        await exchange.Administration.DeleteQuotaAsync(exchange.Route("key"), exchange.Aborted);
        await exchange.AnswerNothingAsync(StatusCodes.Status204NoContent);
    }

    private static Task AnswerAsync(Exchange exchange, QuotaInfo quota) => exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(quota), ContractsJson.Wire.QuotaResource);

    private static QuotaResource ToResource(QuotaInfo quota) => new()
    {
        Key = quota.Key,
        Limits = new QuotaLimitsResource
        {
            LiveJobs = quota.Limits.LiveJobs,
            SubmissionsPerMinute = quota.Limits.SubmissionsPerMinute,
            SubmissionsPerDay = quota.Limits.SubmissionsPerDay,
            ResultBytes = quota.Limits.ResultBytes,
        },
        Used = new UsageResource
        {
            LiveJobs = quota.Used.LiveJobs,
            SubmissionsPerMinute = quota.Used.SubmissionsThisMinute,
            SubmissionsPerDay = quota.Used.SubmissionsToday,
            ResultBytes = quota.Key.StartsWith("key:", StringComparison.Ordinal) ? null : quota.Used.ResultBytes,
        },
        Version = quota.Version,
        UpdatedAt = quota.UpdatedAt,
    };
}
