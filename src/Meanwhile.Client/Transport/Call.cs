using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Meanwhile.Client;

/// <summary>A request to be sent, once or several times.</summary>
/// <param name="Address">The path and query, relative to the server.</param>
/// <param name="IsRepeatable">Whether sending it twice does what sending it once does.</param>
internal sealed record Call(HttpMethod Method, string Address, bool IsRepeatable)
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");
    private byte[]? _body;

    /// <summary>How long the server was asked to wait before it answers; infinite = as long as it takes.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>A body that can be sent only once; null = none of the kind.</summary>
    public HttpContent? Content { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>A request that only reads.</summary>
    public static Call Get(string address) => new(HttpMethod.Get, address, IsRepeatable: true);

    /// <summary>A request with a body.</summary>
    public static Call With<T>(HttpMethod method, string address, T body, JsonTypeInfo<T> json, bool isRepeatable) =>
        new(method, address, isRepeatable) { _body = JsonSerializer.SerializeToUtf8Bytes(body, json) };

    /// <summary>The message of one try.</summary>
    public HttpRequestMessage ToMessage(Uri server)
    {
        var message = new HttpRequestMessage(Method, new Uri(server, Address));
        foreach (var (name, value) in Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (_body is not null) message.Content = new ByteArrayContent(_body) { Headers = { ContentType = JsonType } };
        else message.Content = Content;
        return message;
    }
}
