using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Client;

/// <summary>Sends requests, again where that is safe, and turns refusals into problems. Safe for concurrent use.</summary>
internal sealed class Transport(HttpClient http, MeanwhileClientOptions options)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private readonly Uri _server = options.Server.AbsoluteUri.EndsWith('/') ? options.Server : new Uri(options.Server.AbsoluteUri + "/");

    /// <summary>Sends a request and reads its answer.</summary>
    /// <exception cref="ProblemException">The server refused, or could not be reached.</exception>
    public async ValueTask<T> ReadAsync<T>(Call call, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, json, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the JSON of an answer.</summary>
    public static async ValueTask<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        try
        {
            var body = await DecodedAsync(response, cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                return await JsonSerializer.DeserializeAsync(body, json, cancellationToken).ConfigureAwait(false) ?? throw new JsonException("null");
            }
        }
        catch (JsonException)
        {
            throw new ProblemException(ProblemCodes.Internal, "The server's answer is not the JSON that was expected; is there another server at this address?");
        }
        catch (IOException exception)
        {
            throw Unreachable(exception);
        }
    }

    /// <summary>The answer's body, decoded. The caller disposes it, and the response.</summary>
    public static async ValueTask<Stream> DecodedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return response.Content.Headers.ContentEncoding.Contains("gzip") ? new GZipStream(body, CompressionMode.Decompress) : body;
    }

    /// <summary>Sends a request until it is answered or has been tried often enough.</summary>
    /// <returns>A success, or "not modified"; its body is still to be read.</returns>
    public async ValueTask<HttpResponseMessage> SendAsync(Call call, CancellationToken cancellationToken)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                return await TryAsync(call, cancellationToken).ConfigureAwait(false);
            }
            catch (ProblemException refused) when (tried < options.TriesMax && call.IsRepeatable && refused.Problem.Code is ProblemCodes.Unavailable or ProblemCodes.TooMany or ProblemCodes.RateLimited)
            {
                await Task.Delay(Pause(tried, refused.Problem.RetryAfter), options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What the network did to a request.</summary>
    public static ProblemException Unreachable(Exception exception) =>
        new(ProblemCodes.Unavailable, $"The server could not be reached, or the connection broke: {exception.GetBaseException().Message}");

    private async Task<HttpResponseMessage> TryAsync(Call call, CancellationToken cancellationToken)
    {
        using var message = call.ToMessage(_server);
        message.Headers.Authorization = new("Bearer", options.Key);
        message.Headers.AcceptEncoding.Add(new("gzip"));
        if (options.Project is { } project) message.Headers.Add(HeaderNames.Project, project);

        using var patience = new CancellationTokenSource(call.Wait == Timeout.InfiniteTimeSpan ? call.Wait : options.TryTimeout + call.Wait, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotModified) return response;
            using (response) throw new ProblemException(await ProblemReading.OfAsync(response, either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ProblemException(ProblemCodes.Unavailable, $"The server did not answer within {(options.TryTimeout + call.Wait).TotalSeconds} s.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(exception);
        }
    }

    private TimeSpan Pause(int tried, TimeSpan? asked)
    {
        var pause = asked ?? FirstPause * Math.Pow(2, tried - 1) * (0.5 + (options.Draw() / 2));
        return pause < options.PauseMax ? pause : options.PauseMax;
    }
}
