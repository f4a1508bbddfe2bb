using System.Net;
using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Client;

/// <summary>Reads why the server refused.</summary>
internal static class ProblemReading
{
    /// <summary>The problem of an answer that is no success, also of one that is not ours, such as a proxy's.</summary>
    public static async Task<Problem> OfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var retryAfter = response.Headers.RetryAfter?.Delta;
        if (response.Content.Headers.ContentType?.MediaType == ProblemResource.MediaType)
        {
            var body = await Transport.DecodedAsync(response, cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                try
                {
                    if (await JsonSerializer.DeserializeAsync(body, ContractsJson.Wire.ProblemResource, cancellationToken).ConfigureAwait(false) is { } resource) return Of(resource, retryAfter);
                }
                catch (JsonException)
                {
                    // Told below: whatever this is, its status is all that can be relied on.
                }
            }
        }

        return new Problem { Code = CodeOf(response.StatusCode), Detail = $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}, and not in our words.", RetryAfter = retryAfter };
    }

    /// <summary>A problem as it was answered.</summary>
    public static Problem Of(ProblemResource resource, TimeSpan? retryAfter = null) => new()
    {
        Code = resource.Code,
        Detail = resource.Detail,
        Errors = [.. (resource.Errors ?? []).Select(error => new FieldError(error.Field, error.Message))],
        JobId = resource.JobId,
        Status = resource.JobStatus,
        Outcome = resource.Outcome,
        OldestCursor = resource.OldestCursor,
        Limit = resource.Limit is { } limit ? new LimitReached(limit.Key, limit.Name, limit.Max, limit.Used) : null,
        RetryAfter = resource.PollAfterMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : retryAfter,
    };

    private static string CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => ProblemCodes.Unauthenticated,
        HttpStatusCode.Forbidden => ProblemCodes.Forbidden,
        HttpStatusCode.NotFound => ProblemCodes.NotFound,
        HttpStatusCode.Gone => ProblemCodes.Gone,
        HttpStatusCode.TooManyRequests => ProblemCodes.TooMany,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => ProblemCodes.Unavailable,
        >= HttpStatusCode.InternalServerError => ProblemCodes.Internal,
        _ => ProblemCodes.InvalidRequest,
    };
}
