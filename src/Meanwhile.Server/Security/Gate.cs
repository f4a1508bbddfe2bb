using System.Net;
using Meanwhile.Problems;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Security;

/// <summary>Refuses requests that should never have reached us: for another host's name, or readable on the wire.</summary>
internal sealed class Gate(MeanwhileServerOptions options)
{
    private readonly HashSet<string> _hosts = new(options.Hosts, StringComparer.OrdinalIgnoreCase) { "localhost" };
    private readonly bool _anyHost = options.Hosts.Contains("*");

    /// <exception cref="ProblemException">The request is not to be answered.</exception>
    public void Check(HttpContext context)
    {
        if (!_anyHost && !IsOurs(context.Request.Host.Host))
        {
            throw new ProblemException(ProblemCodes.WrongHost, "The Host header names none of this server's names; list the name in the option 'hosts'.");
        }

        if (!options.AllowPlainHttp && !context.Request.IsHttps && context.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local))
        {
            throw new ProblemException(ProblemCodes.Forbidden, "Without TLS this server answers on loopback addresses only, unless 'allow_plain_http' is set.");
        }
    }

    // A literal address can't be made to lead here by somebody else's name server.
    private bool IsOurs(string host) => _hosts.Contains(host) || IPAddress.TryParse(host.AsSpan().Trim("[]"), out _);
}
