using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Operations;

/// <summary>Writes JSON answers.</summary>
internal static class AnswerWriter
{
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? _spare;

    private const int SpareBytesMax = 64 * 1024;

    /// <summary>Writes a short body at once, with its length, so that the connection is used again without chunks.</summary>
    public static async Task WriteSmallAsync<T>(HttpResponse response, int status, T body, JsonTypeInfo<T> json, string mediaType)
    {
        response.StatusCode = status;
        response.ContentType = mediaType;
        CopyTo(response, body, json);
        await response.BodyWriter.FlushAsync();
    }

    /// <summary>Writes a body that may be long, as it is made; as gzip when the caller can read that.</summary>
    public static async Task WriteLongAsync<T>(HttpContext context, T body, JsonTypeInfo<T> json)
    {
        context.Response.ContentType = "application/json";
        await using var destination = Compressed(context);
        await JsonSerializer.SerializeAsync(destination, body, json, context.RequestAborted);
    }

    /// <summary>The response's body, through gzip when the caller can read that. Disposing it ends the encoding.</summary>
    public static Stream Compressed(HttpContext context)
    {
        context.Response.Headers.Vary = "Accept-Encoding";
        if (!AcceptsGzip(context.Request)) return new KeptOpen(context.Response.Body);
        context.Response.Headers.ContentEncoding = "gzip";
        return new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
    }

    /// <summary>Whether the caller wants gzip: it is named, or covered by *, or plain bytes are refused; and it is not wanted less than those.</summary>
    public static bool AcceptsGzip(HttpRequest request)
    {
        double? gzip = null, identity = null, any = null;
        foreach (var coding in request.GetTypedHeaders().AcceptEncoding)
        {
            var quality = coding.Quality ?? 1;
            if (coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Value.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)) gzip = quality;
            else if (coding.Value.Equals("identity", StringComparison.OrdinalIgnoreCase)) identity = quality;
            else if (coding.Value.Equals("*", StringComparison.Ordinal)) any = quality;
        }

        var refusesIdentity = (identity ?? any) is 0;
        return (gzip ?? any) is { } wanted ? wanted > 0 && wanted >= (identity ?? 0) : refusesIdentity;
    }

    // Without await, so that the thread's spare buffer can't be taken by another request meanwhile.
    private static void CopyTo<T>(HttpResponse response, T body, JsonTypeInfo<T> json)
    {
        var (buffer, writer) = _spare ?? NewSpare(json.Options);
        _spare = null;
        JsonSerializer.Serialize(writer, body, json);
        writer.Flush();
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan);
        if (buffer.Capacity > SpareBytesMax) return;
        buffer.ResetWrittenCount();
        writer.Reset();
        _spare = (buffer, writer);
    }

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) NewSpare(JsonSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        return (buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = options.Encoder, MaxDepth = options.MaxDepth, SkipValidation = true }));
    }
}
