using Meanwhile.Contracts;
using Meanwhile.Problems;
using Meanwhile.Server.Operations;
using Meanwhile.Stores;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server;

/// <summary>Turns whatever went wrong into a problem, and answers it.</summary>
internal static class ProblemAnswers
{
    private static readonly TimeSpan StoreRetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>The problem of an exception; null when it is our own fault.</summary>
    public static Problem? Of(Exception exception) => exception switch
    {
        ProblemException refused => refused.Problem,
        StoreUnavailableException => new Problem
        {
            Code = ProblemCodes.Unavailable,
            Detail = "The store does not answer. Try again.",
            RetryAfter = StoreRetryAfter,
        },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new Problem { Code = ProblemCodes.TooLarge, Detail = "The body is too long." },
        BadHttpRequestException => new Problem { Code = ProblemCodes.InvalidRequest, Detail = "The request could not be read as HTTP." },
        _ => null,
    };

    /// <summary>Our own fault, without what is inside.</summary>
    public static Problem Internal(string trace) =>
        new() { Code = ProblemCodes.Internal, Detail = $"Something went wrong in the server; its log has it under {trace}." };

    /// <summary>Answers a problem.</summary>
    public static Task WriteAsync(HttpResponse response, Problem problem)
    {
        response.Headers.ContentEncoding = default;
        response.Headers.ETag = default;
        if (problem.RetryAfter is { } after) response.Headers.RetryAfter = RetryAfter.Seconds(after);
        if (problem.Code == ProblemCodes.Unauthenticated) response.Headers.WWWAuthenticate = "Bearer realm=\"meanwhile\"";
        var resource = problem.ToResource();
        return AnswerWriter.WriteSmallAsync(response, resource.Status, resource, ContractsJson.Wire.ProblemResource, ProblemResource.MediaType);
    }
}
