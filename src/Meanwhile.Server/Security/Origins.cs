using Meanwhile.Contracts;
using Meanwhile.Problems;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Security;

/// <summary>Tells browsers which origins' pages may call: none, unless they are listed.</summary>
internal sealed class Origins(IEnumerable<string> allowed)
{
    private const string PreflightSecondsMax = "600";
    private readonly HashSet<string> _allowed = new(allowed, StringComparer.OrdinalIgnoreCase);

    private static readonly string Exposed =
        string.Join(", ", "ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", HeaderNames.Replayed, HeaderNames.Checksum, HeaderNames.FirstRow, HeaderNames.Rows, HeaderNames.DecodedLength,
            HeaderNames.Complete, HeaderNames.TruncatedBy, HeaderNames.RowCount, HeaderNames.ExpiresAt);

    private static readonly string Accepted =
        string.Join(", ", "Authorization", "Content-Type", "If-None-Match", HeaderNames.IdempotencyKey, HeaderNames.Project, HeaderNames.TraceParent);

    /// <summary>Allows the answer to be read by the page that asked, when its origin is listed.</summary>
    /// <returns>Whether it is.</returns>
    public bool Allow(HttpContext context)
    {
        if (_allowed.Count == 0) return false;
        context.Response.Headers.Append("Vary", "Origin");
        if (context.Request.Headers.Origin is not [{ } origin] || !_allowed.Contains(origin)) return false;
        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.AccessControlExposeHeaders = Exposed;
        return true;
    }

    /// <summary>Refuses what a page of a foreign origin wants changed: hiding the answer from it would come too late.</summary>
    /// <exception cref="ProblemException">The request changes something and comes from such a page.</exception>
    public void RefuseForeign(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return;
        if (request.Headers.Origin.Count == 0 || request.Headers.Origin is [{ } origin] && (_allowed.Contains(origin) || IsSame(origin, request.Host))) return;
        throw new ProblemException(ProblemCodes.Forbidden, "Pages of this origin may not call here; list the origin in the option 'origins'.");
    }

    // The scheme is not compared: a proxy may have ended TLS, and the Host is one of ours already.
    private static bool IsSame(string origin, HostString host) =>
        origin.IndexOf("://", StringComparison.Ordinal) is > 0 and var at && origin.AsSpan(at + 3).Equals(host.Value, StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers the question that a browser asks before it sends the request itself.</summary>
    public static void AnswerPreflight(HttpResponse response, string methods)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = methods;
        response.Headers.AccessControlAllowHeaders = Accepted;
        response.Headers.AccessControlMaxAge = PreflightSecondsMax;
    }
}
