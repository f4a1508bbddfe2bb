using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Meanwhile.Server.Operations;
using Meanwhile.Server.Workers;
using Meanwhile.Tools;
using Meanwhile.Workers;

namespace Meanwhile.Server.Callbacks;

/// <summary>Calls endpoints by HTTP: no redirects, no cookies, no proxy of the environment's, and never more of an answer than an outcome can be.</summary>
internal sealed class HttpEndpointCaller(TimeProvider time) : IEndpointCaller, IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = ConnectWithin, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    /// <inheritdoc/>
    public async ValueTask<EndpointAnswer> CallAsync(EndpointCall call, CancellationToken cancellationToken)
    {
        using var message = Message(call);
        using var patience = new CancellationTokenSource(call.Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(message, either.Token);
            return Answer(response, await response.Content.ReadAsByteArrayAsync(either.Token), time.GetUtcNow());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new EndpointAnswer.Lost($"not within {call.Within.TotalSeconds} s.");
        }
        catch (HttpRequestException failed)
        {
            return failed.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
                ? new EndpointAnswer.Unreachable(failed.GetBaseException().Message)
                : new EndpointAnswer.Lost(failed.GetBaseException().Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Message(EndpointCall call)
    {
        var message = new HttpRequestMessage(new HttpMethod(call.Method), call.Url) { Content = new ReadOnlyMemoryContent(call.Body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Add(HeaderNames.IdempotencyKey, call.IdempotencyKey);
        foreach (var (name, value) in call.Headers) message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private static EndpointAnswer.Answered Answer(HttpResponseMessage response, byte[] body, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        var retryAfter = response.Headers.RetryAfter is { } again ? again.Delta ?? again.Date - now : null;
        if (!response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.Accepted) return new EndpointAnswer.Answered(status, null, null, retryAfter);
        try
        {
            return new EndpointAnswer.Answered(status, Finish(body), null, retryAfter);
        }
        catch (ProblemException bad)
        {
            return new EndpointAnswer.Answered(status, null, bad.Message, retryAfter);
        }
    }

    private static WorkerFinish? Finish(byte[] body) =>
        body.Length == 0 ? null : FinishMapping.OfEndpoint(BodyReader.Parse(new ReadOnlySequence<byte>(body), ContractsJson.Requests.WorkerFinishSubmission));
}
