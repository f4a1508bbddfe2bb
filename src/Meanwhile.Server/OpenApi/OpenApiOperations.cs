using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.OpenApi;

/// <summary>The description of all operations.</summary>
internal static class OpenApiOperations
{
    private static readonly Lazy<byte[]> Bytes = new(() => OpenApiDocument.Of(OperationTable.All));

    /// <summary>The operation.</summary>
    public static Operation Document { get; } = new("GET", "/openapi/v1.json", "get_openapi", "This description, as OpenAPI 3.1.", AnswerAsync)
    {
        IsOpen = true,
        Answers = [new(StatusCodes.Status200OK, "The description.", null, "application/json")],
    };

    private static async Task AnswerAsync(Exchange exchange)
    {
        exchange.Context.Response.ContentType = "application/json";
        await using var destination = AnswerWriter.Compressed(exchange.Context);
        await destination.WriteAsync(Bytes.Value, exchange.Aborted);
    }
}
