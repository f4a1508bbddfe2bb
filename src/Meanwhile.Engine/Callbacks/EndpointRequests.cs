using System.Text.Json;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Tools;

namespace Meanwhile.Callbacks;

/// <summary>Makes the requests of one attempt of a call.</summary>
internal sealed class EndpointRequests(Attempt attempt, ToolDefinition tool, EndpointServices services)
{
    private HttpEndpoint Endpoint => tool.Endpoint!;

    /// <summary>The request of the call.</summary>
    /// <param name="call">The attempt that first made it.</param>
    /// <exception cref="ProblemException">A header refers to nothing, or nobody knows how this server is reached.</exception>
    public EndpointCall Make(int call)
    {
        var address = services.Address.Of(services.Tokens.Make(attempt.Fence.Job, call))
            ?? throw new ProblemException(ProblemCodes.Internal, "This server does not know how endpoints reach it; set public_url in its configuration.");
        using var parameters = JsonDocument.Parse(attempt.Spec.Params);
        var body = Body() with
        {
            Params = parameters.RootElement,
            Labels = attempt.Spec.Labels.Count == 0 ? null : attempt.Spec.Labels,
            TimeoutSeconds = attempt.Spec.Timeout?.TotalSeconds,
            CallbackUrl = address,
        };
        return Request(Endpoint.Url, Endpoint.Method, body, call);
    }

    /// <summary>Tells the endpoint to stop.</summary>
    public async ValueTask<EndpointAnswer> CancelAsync(Uri url, int call, CancellationToken cancellationToken)
    {
        try
        {
            return await services.Caller.CallAsync(Request(url, "POST", Body(), call), cancellationToken);
        }
        catch (ProblemException unusable)
        {
            return new EndpointAnswer.Unreachable(unusable.Message);
        }
    }

    private EndpointCall Request(Uri url, string method, CallBody body, int call) => new(
        url, method, Headers(), JsonSerializer.SerializeToUtf8Bytes(body, CallJson.Default.CallBody), $"{attempt.Fence.Job}-{call}", Endpoint.AnswerWithin);

    private CallBody Body() => new()
    {
        JobId = attempt.Fence.Job.ToString(),
        ShortId = services.ShortIds.Format(attempt.Job.Sequence),
        Attempt = attempt.Fence.Attempt,
        Project = attempt.Spec.Project,
        Tool = attempt.Spec.Tool,
    };

    /// <summary>The headers with their secrets: made for this request, and kept nowhere.</summary>
    private Dictionary<string, string> Headers()
    {
        var settings = JsonSerializer.SerializeToElement(new Dictionary<string, string>(Endpoint.Headers), CallJson.Default.DictionaryStringString);
        var headers = SourceReferences.Resolve(settings).Deserialize(CallJson.Default.DictionaryStringString)!;
        if (attempt.Spec.TraceParent is { } trace) headers["traceparent"] = trace;
        return headers;
    }
}
