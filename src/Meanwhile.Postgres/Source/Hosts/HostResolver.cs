using System.Net;
using System.Net.Sockets;
using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Source.Hosts;

/// <summary>Finds the addresses of a host once for each connection, which then goes to one of these: no later answer of a name server can lead it elsewhere.</summary>
internal static class HostResolver
{
    /// <summary>The addresses, or the folder of the socket, to try in order.</summary>
    /// <exception cref="SourceException">There is no such host, or it is not allowed.</exception>
    public static async ValueTask<IReadOnlyList<string>> ResolveAsync(string host, HostRules rules, CancellationToken cancellationToken)
    {
        if (rules.Refusal(host) is { } refusal) throw NotAllowed(refusal);
        if (host.StartsWith('/')) return [host];

        var addresses = await AddressesAsync(host, cancellationToken);
        if (rules.Refusal(host, addresses) is { } refused) throw NotAllowed(refused);
        return [.. addresses.Select(address => address.ToString())];
    }

    private static async ValueTask<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken) is { Length: > 0 } found ? found : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (SocketException e)
        {
            throw e.SocketErrorCode == SocketError.TryAgain
                ? new SourceException(JobError.Of(ErrorKind.Transient, $"The name of host '{host}' could not be looked up: no name server answered.", "name_lookup_failed"), e)
                : new SourceException(JobError.Of(ErrorKind.NotFound, $"There is no host '{host}'.", "unknown_host", "Check the source's \"host\"."), e);
        }
    }

    private static SourceException NotAllowed(string refusal) => SourceException.Permission($"The source's host {refusal}.", "host_not_allowed");
}
