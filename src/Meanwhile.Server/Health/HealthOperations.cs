using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Health;

/// <summary>Whether the process lives, and whether it can take work.</summary>
internal static class HealthOperations
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/healthz/live", "get_liveness", "Whether the process lives.", LiveAsync)
        {
            IsOpen = true,
            Answers = [new(StatusCodes.Status200OK, "It does.", ContractsJson.Wire.HealthResource)],
        },
        new("GET", "/healthz/ready", "get_readiness", "Whether work can be taken.", ReadyAsync)
        {
            IsOpen = true,
            Answers =
            [
                new(StatusCodes.Status200OK, "It can.", ContractsJson.Wire.HealthResource),
                new(StatusCodes.Status503ServiceUnavailable, "It can't, with the reasons.", ContractsJson.Wire.HealthResource),
            ],
        },
    ];

    private static Task LiveAsync(Exchange exchange) => exchange.AnswerAsync(StatusCodes.Status200OK, new HealthResource { Status = "live" }, ContractsJson.Wire.HealthResource);

    private static Task ReadyAsync(Exchange exchange)
    {
        var reasons = exchange.NotReadyReasons;
        if (reasons.Count == 0) return exchange.AnswerAsync(StatusCodes.Status200OK, new HealthResource { Status = "ready" }, ContractsJson.Wire.HealthResource);
        exchange.Context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return exchange.AnswerAsync(StatusCodes.Status503ServiceUnavailable, new HealthResource { Status = "not_ready", Reasons = reasons }, ContractsJson.Wire.HealthResource);
    }
}
