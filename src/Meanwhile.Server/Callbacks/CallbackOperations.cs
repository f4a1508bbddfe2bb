using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Server.Operations;
using Meanwhile.Server.Workers;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Callbacks;

/// <summary>Taking the answers of endpoints.</summary>
internal static class CallbackOperations
{
    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("POST", "/v1/callbacks/{token}", "answer_call", "Says how the work ended that an endpoint was called for; the token stands for a key.", AnswerAsync)
        {
            IsOpen = true,
            Body = ContractsJson.Requests.WorkerFinishSubmission,
            Answers = [new(StatusCodes.Status200OK, "It is stored, now or when the same answer came before.", ContractsJson.Wire.FinishedResource)],
        },
    ];

    private static async Task AnswerAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.WorkerFinishSubmission);
        var finish = FinishMapping.OfEndpoint(submission);
        var status = await exchange.Meanwhile.AnswerCallbackAsync(exchange.Route("token"), finish, CancellationToken.None);
        await exchange.AnswerAsync(StatusCodes.Status200OK, new FinishedResource { Status = status.Word }, ContractsJson.Wire.FinishedResource);
    }
}
