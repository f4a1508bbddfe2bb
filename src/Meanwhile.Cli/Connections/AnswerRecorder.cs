namespace Meanwhile.Cli.Connections;

/// <summary>Keeps the last JSON answer as it came, for <c>--json</c>.</summary>
internal sealed class AnswerRecorder() : DelegatingHandler(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All })
{
    /// <summary>The body of the last answer that was JSON and no problem; null when there was none.</summary>
    public string? LastAnswer { get; private set; }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            await response.Content.LoadIntoBufferAsync(AnswerBytesMax, cancellationToken);
            LastAnswer = await response.Content.ReadAsStringAsync(cancellationToken);
        }

        return response;
    }

    /// <summary>A page of anything is smaller than this.</summary>
    private const int AnswerBytesMax = 256 * 1024 * 1024;
}
