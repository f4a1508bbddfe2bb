using Microsoft.Extensions.Primitives;

namespace Meanwhile.Server.Security;

/// <summary>The Authorization header.</summary>
internal static class Bearer
{
    private const string Scheme = "Bearer ";
    private const int TokenLengthMax = 512;

    /// <summary>The bearer token; null when there is none that could be one of ours.</summary>
    public static string? TokenOf(StringValues authorization)
    {
        if (authorization.Count != 1 || authorization[0] is not { } text || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var token = text[Scheme.Length..].Trim();
        return token.Length is > 0 and <= TokenLengthMax ? token : null;
    }
}
