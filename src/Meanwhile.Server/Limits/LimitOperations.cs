using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Limits;

/// <summary>Managing limits.</summary>
internal static class LimitOperations
{
    private const string Address = "/v1/limits/{**key}";

    private static readonly Answer LimitAnswer = new(StatusCodes.Status200OK, "The limit.", ContractsJson.Wire.LimitResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/limits", "list_limits", "Lists the limits that concern the project; all, for instance admins.", ListAsync)
        {
            Query = Paging.Parameters,
            Answers = [new(StatusCodes.Status200OK, "A page of limits.", ContractsJson.Wire.LimitList)],
        },
        new("GET", Address, "get_limit", "Shows a limit.", GetAsync) { Answers = [LimitAnswer] },
        new("PUT", Address, "put_limit", "Sets how many jobs may run at once under a key.", PutAsync) { Body = ContractsJson.Requests.LimitSubmission, Answers = [LimitAnswer] },
        new("DELETE", Address, "delete_limit", "Removes a limit.", DeleteAsync) { Answers = [new(StatusCodes.Status204NoContent, "It is gone.")] },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var page = await exchange.Administration.ListLimitsAsync(Paging.Cursor(exchange.Query), Paging.Limit(exchange.Query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.LimitList);
    }

    private static async Task GetAsync(Exchange exchange) => await AnswerAsync(exchange, await exchange.Administration.GetLimitAsync(Key(exchange), exchange.Aborted));

    private static async Task PutAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.LimitSubmission);
        var max = submission.Max ?? throw Refusals.Field("max", "is missing; how many may run at once is needed, 0 to pause");
        await AnswerAsync(exchange, await exchange.Administration.PutLimitAsync(Key(exchange), max, exchange.Aborted));
    }

    private static async Task DeleteAsync(Exchange exchange)
    {
        await exchange.Administration.DeleteLimitAsync(Key(exchange), exchange.Aborted);
        await exchange.AnswerNothingAsync(StatusCodes.Status204NoContent);
    }

    // The one character that the server leaves encoded in a path.
    private static string Key(Exchange exchange) => exchange.Route("key").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Task AnswerAsync(Exchange exchange, LimitInfo limit) => exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(limit), ContractsJson.Wire.LimitResource);

    private static LimitResource ToResource(LimitInfo limit) => new() { Key = limit.Key, Max = limit.Max, Version = limit.Version, UpdatedAt = limit.UpdatedAt };
}
