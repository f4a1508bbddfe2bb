using Meanwhile.Settings;

namespace Meanwhile.Callbacks;

/// <summary>Where endpoints send their answers.</summary>
internal sealed class CallbackAddress(EngineOptions options)
{
    private volatile Uri? _listensAt;

    /// <summary>The server says where it listens.</summary>
    public void ListensAt(string url) => _listensAt = Uri.TryCreate(url, UriKind.Absolute, out var at) && at.Host is not ("0.0.0.0" or "[::]" or "+" or "*") ? at : null;

    /// <summary>The address for a token; null when nobody knows how this server is reached.</summary>
    public string? Of(string token) => (options.PublicUrl ?? _listensAt)?.AbsoluteUri.TrimEnd('/') is { } server ? $"{server}/v1/callbacks/{token}" : null;
}
