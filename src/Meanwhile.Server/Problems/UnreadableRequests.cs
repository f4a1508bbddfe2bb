using System.Globalization;
using System.Text;
using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Meanwhile.Server;

/// <summary>Answers as a problem what the HTTP server itself refuses before any operation is asked, such as an address with %00; it would answer an empty 400.</summary>
/// <remarks>
/// The server tells of the request on the turn of its connection, before it answers, and then has no way yet to write a body. So the answer is written here,
/// beneath the server, and what the server then writes is dropped: it only closes the connection.
/// </remarks>
internal sealed class UnreadableRequests : IObserver<KeyValuePair<string, object?>>
{
    /// <summary>What the server tells. See https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/diagnostics.</summary>
    public const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private static readonly byte[] Target = Answer(Refusals.Field("address", "can't be read: it holds %00, or a character that an address must escape").Problem);
    private static readonly byte[] Other = Answer(new Problem { Code = ProblemCodes.InvalidRequest, Detail = "The request could not be read as HTTP." });

    /// <summary>Puts a way to answer beneath the server.</summary>
    public static ConnectionDelegate Under(ConnectionDelegate server) => connection =>
    {
        connection.Transport = new ClosableTransport(connection.Transport.Input, new ClosableWriter(connection.Transport.Output));
        return server(connection);
    };

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not IFeatureCollection features) return;
        if (features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad) return;
        if (features.Get<IHttpResponseFeature>() is { HasStarted: true }) return;
        if (features.Get<IConnectionTransportFeature>()?.Transport.Output is ClosableWriter writer) writer.WriteLast(IsAboutTarget(bad) ? Target : Other);
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    private static bool IsAboutTarget(BadHttpRequestException bad) => bad.Message.StartsWith("Invalid request target", StringComparison.Ordinal);

    private static byte[] Answer(Problem problem)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(problem.ToResource(), ContractsJson.Wire.ProblemResource);
        var head = $"HTTP/1.1 400 Bad Request\r\nContent-Type: {ProblemResource.MediaType}\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
