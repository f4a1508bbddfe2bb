using System.Globalization;
using Meanwhile.Access;
using Meanwhile.Problems;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Security;

/// <summary>Bounds how fast requests come: of a principal, of all of a project, and failed ones of an address.</summary>
/// <remarks>
/// Each node counts for itself and lets through its part: the rate divided by how many nodes there are. The headers are those of the IETF's draft
/// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/). Safe for concurrent use.
/// </remarks>
internal sealed class RequestRates(MeanwhileServerOptions options, TimeProvider time, Func<int> nodeCount)
{
    private const string UnknownAddress = "unknown";
    private readonly Buckets _principals = new(time);
    private readonly Buckets _projects = new(time);
    private readonly Buckets _addresses = new(time);

    /// <summary>Counts a request, and tells in the answer's headers how many more may come.</summary>
    /// <exception cref="ProblemException">It comes too fast.</exception>
    public void Take(Caller caller, HttpResponse response)
    {
        var nodes = Math.Max(1, nodeCount());
        var principal = Take(_principals, caller.Principal, options.PrincipalRequestsPerSecond, nodes);
        var project = Take(_projects, caller.Project, options.ProjectRequestsPerSecond, nodes);
        Tell(response, principal, project);
        if (principal is { Taken: { IsTaken: false } mine }) throw TooFast($"key:{caller.Principal}", "requests_per_second", options.PrincipalRequestsPerSecond, mine);
        if (project is { Taken: { IsTaken: false } ours }) throw TooFast($"project:{caller.Project}", "requests_per_second", options.ProjectRequestsPerSecond, ours);
    }

    /// <summary>Counts a request whose key is not accepted.</summary>
    /// <returns>Why it is not even told so; null while such requests are few. Good keys of the same address are not held up.</returns>
    public ProblemException? CountFailure(HttpContext context)
    {
        if (options.FailedLoginsPerMinute == 0) return null;
        var perMinute = options.FailedLoginsPerMinute;
        var taken = _addresses.Take(context.Connection.RemoteIpAddress?.ToString() ?? UnknownAddress, new Rate(perMinute / 60.0, perMinute));
        return taken.IsTaken ? null : TooFast("address", "failed_logins_per_minute", perMinute, taken);
    }

    private readonly record struct Counted(Rate Rate, Taken Taken);

    private static Counted? Take(Buckets buckets, string owner, int perSecond, int nodes)
    {
        if (perSecond == 0) return null;
        var rate = new Rate((double)perSecond / nodes, Math.Max(1, (double)perSecond / nodes));
        return new Counted(rate, buckets.Take(owner, rate));
    }

    private static void Tell(HttpResponse response, Counted? principal, Counted? project)
    {
        if (principal is null && project is null) return;
        response.Headers["RateLimit-Policy"] = Join(principal is { } p ? Policy("principal", p.Rate) : null, project is { } q ? Policy("project", q.Rate) : null);
        response.Headers["RateLimit"] = Join(principal is { } r ? Left("principal", r.Taken) : null, project is { } s ? Left("project", s.Taken) : null);
    }

    private static string Policy(string name, Rate rate) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={(long)rate.Burst};w=1");

    private static string Left(string name, Taken taken) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={taken.Left};t={(long)Math.Ceiling(taken.FullIn.TotalSeconds)}");

    private static string? Join(string? first, string? second) => first is null ? second : second is null ? first : $"{first}, {second}";

    private static ProblemException TooFast(string key, string name, long max, Taken taken) => new(new Problem
    {
        Code = ProblemCodes.RateLimited,
        Detail = key == "address" ? "Too many requests of this address came without a key that is accepted. Check the key, and try again later." : $"Requests of {key} come faster than {max} a second; slow down.",
        Limit = new LimitReached(key, name, max, max),
        RetryAfter = taken.FreeIn,
    });
}
