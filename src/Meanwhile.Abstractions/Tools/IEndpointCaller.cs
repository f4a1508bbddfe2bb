using Meanwhile.Workers;

namespace Meanwhile.Tools;

/// <summary>A request to an endpoint.</summary>
/// <param name="Headers">With references resolved.</param>
/// <param name="Body">JSON.</param>
/// <param name="IdempotencyKey">Names the call: the same when it is sent again because nobody knows whether it arrived.</param>
/// <param name="Within">How long it may take.</param>
public sealed record EndpointCall(Uri Url, string Method, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, string IdempotencyKey, TimeSpan Within);

/// <summary>What came of a request. Closed: the cases are those nested here.</summary>
public abstract record EndpointAnswer
{
    private EndpointAnswer()
    {
    }

    /// <summary>The endpoint answered.</summary>
    /// <param name="Status">The HTTP status.</param>
    /// <param name="Finish">The outcome in its body; null when there is none.</param>
    /// <param name="Fault">What is wrong with a body that should be an outcome; null when nothing is.</param>
    /// <param name="RetryAfter">When it wants to be asked again; null = it does not say.</param>
    public sealed record Answered(int Status, WorkerFinish? Finish, string? Fault, TimeSpan? RetryAfter) : EndpointAnswer;

    /// <summary>It could not be reached: nothing was sent.</summary>
    public sealed record Unreachable(string Why) : EndpointAnswer;

    /// <summary>The request was sent and not answered: it may have arrived.</summary>
    public sealed record Lost(string Why) : EndpointAnswer;
}

/// <summary>Sends requests to HTTP endpoints: the one way out, which the engine itself does not have. Follows no redirects. Safe for concurrent use.</summary>
public interface IEndpointCaller
{
    /// <summary>Sends one request.</summary>
    /// <exception cref="OperationCanceledException">Cancelled by the caller, not by the request's own time.</exception>
    ValueTask<EndpointAnswer> CallAsync(EndpointCall call, CancellationToken cancellationToken);
}
