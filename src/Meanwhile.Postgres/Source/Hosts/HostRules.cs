using System.Net;

namespace Meanwhile.Postgres.Source.Hosts;

/// <summary>Which hosts a definition may name. Private addresses only where a rule names the host itself.</summary>
/// <param name="patterns">Names (<c>db.example.com</c>, <c>*.example.com</c>), addresses, networks (<c>10.1.0.0/16</c>), folders of Unix sockets, or <c>*</c> for any public host; null = any host at all.</param>
internal sealed class HostRules(IReadOnlyList<string>? patterns)
{
    private const string Advice = "the server's configuration lists in its allow section which hosts are";

    /// <summary>Whether any host may be named.</summary>
    public bool AllowsAny => patterns is null;

    /// <summary>What is wrong with a host as written, without asking anybody; null = nothing is seen.</summary>
    public string? Refusal(string host)
    {
        if (patterns is null || patterns.Any(pattern => Names(pattern, host))) return null;
        if (host.StartsWith('/') || (!patterns.Contains("*") && !MayResolveIntoNetwork(host))) return $"is a host that is not allowed; {Advice}";
        return IPAddress.TryParse(host, out var address) ? Refusal(host, [address]) : null;
    }

    /// <summary>What is wrong with the addresses that a host has; null = nothing.</summary>
    public string? Refusal(string host, IReadOnlyList<IPAddress> addresses)
    {
        if (patterns is null || patterns.Any(pattern => Names(pattern, host))) return null;
        if (addresses.FirstOrDefault(address => !Networks().Any(network => Contains(network, address)) && (!patterns.Contains("*") || AddressKinds.IsPrivate(address))) is not { } refused) return null;
        return AddressKinds.IsPrivate(refused) ? $"leads to a private address, which is not allowed; {Advice}" : $"is a host that is not allowed; {Advice}";
    }

    private bool MayResolveIntoNetwork(string host) => Networks().Any() && !IPAddress.TryParse(host, out _) || IPAddress.TryParse(host, out var address) && Networks().Any(network => Contains(network, address));

    private IEnumerable<IPNetwork> Networks()
    {
        foreach (var pattern in patterns ?? [])
        {
            if (IPNetwork.TryParse(pattern, out var network)) yield return network;
        }
    }

    private static bool Contains(IPNetwork network, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain);
    }

    private static bool Names(string pattern, string host) =>
        pattern.StartsWith("*.", StringComparison.Ordinal)
            ? host.Length > pattern.Length - 1 && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
            : pattern != "*" && pattern.Equals(host, StringComparison.OrdinalIgnoreCase);
}
