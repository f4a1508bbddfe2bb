using System.Buffers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Meanwhile.Server.Operations;

/// <summary>Reads JSON bodies strictly: bounded in size and depth, and without anything that is not known.</summary>
internal static class BodyReader
{
    /// <summary>Reads a body as a whole.</summary>
    /// <exception cref="ProblemException">It is not JSON, too long, too deep, or not of the right shape; the field is named where there is one.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> json, int bytesMax) where T : class
    {
        RefuseOtherMedia(request);
        return await ReadAsync(request, bytesMax, buffer => Parse(buffer, json));
    }

    /// <summary>Reads the body of an operation that takes none: nothing, or an empty object.</summary>
    /// <exception cref="ProblemException">It says something, which would be ignored.</exception>
    public static async ValueTask RefuseAnyAsync(HttpRequest request, int bytesMax)
    {
        if (HasNone(request)) return;
        await ReadAsync(request, bytesMax, buffer => buffer.IsEmpty ? null : Parse(buffer, ContractsJson.Requests.EmptySubmission));
    }

    /// <summary>Whether a request comes without a body.</summary>
    public static bool HasNone(HttpRequest request) => request.ContentLength is 0 || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    private static async ValueTask<T> ReadAsync<T>(HttpRequest request, int bytesMax, Func<ReadOnlySequence<byte>, T> parse)
    {
        RefuseEncoded(request);
        if (request.ContentLength > bytesMax) throw TooLarge(bytesMax);

        var body = request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync();
            if (read.Buffer.Length > bytesMax)
            {
                body.AdvanceTo(read.Buffer.End);
                throw TooLarge(bytesMax);
            }

            if (read.IsCompleted)
            {
                try
                {
                    return parse(read.Buffer);
                }
                finally
                {
                    body.AdvanceTo(read.Buffer.End);
                }
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Reads a whole body, or a part of one that is a document of its own.</summary>
    public static T Parse<T>(ReadOnlySequence<byte> buffer, JsonTypeInfo<T> json) where T : class
    {
        if (buffer.IsEmpty) throw new ProblemException(ProblemCodes.InvalidJson, "The body is empty; a JSON object is expected.");
        try
        {
            var reader = new Utf8JsonReader(buffer, new JsonReaderOptions { MaxDepth = json.Options.MaxDepth });
            var value = JsonSerializer.Deserialize(ref reader, json);
            while (reader.Read())
            {
                // only white space may follow, or Read throws
            }

            return value ?? throw new ProblemException(ProblemCodes.InvalidJson, "The body is null; a JSON object is expected.");
        }
        catch (JsonException)
        {
            throw new ProblemException(JsonRefusals.Of(buffer, json));
        }
    }

    private static void RefuseOtherMedia(HttpRequest request)
    {
        var type = request.ContentType;
        if (type is "application/json") return;
        if (MediaTypeHeaderValue.TryParse(type, out var parsed)
            && (parsed.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase) || parsed.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            && (!parsed.Charset.HasValue || parsed.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return;
        }

        throw new ProblemException(ProblemCodes.UnsupportedMediaType, $"The body must be application/json in UTF-8, not '{Refusals.Short(type ?? "")}'.");
    }

    private static void RefuseEncoded(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)) return;
        throw new ProblemException(ProblemCodes.UnsupportedMediaType, $"The body must come as it is, without the header Content-Encoding, which says '{Refusals.Short(encoding)}'.");
    }

    private static ProblemException TooLarge(int bytesMax) => new(ProblemCodes.TooLarge, $"The body is longer than {bytesMax} bytes.");
}
