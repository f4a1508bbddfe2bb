using System.Security.Cryptography;
using System.Text;

namespace Meanwhile.Access;

/// <summary>The text form of keys: <c>mw_id_secret</c>, where the id is 12 and the secret 52 characters of lower-case base32.</summary>
internal static class KeyTokens
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const string Prefix = "mw_";
    private const int IdLength = 12;
    private const int SecretLength = 52; // 260 bits

    /// <summary>A new id and secret.</summary>
    /// <param name="draw">Fills a span with bytes that nobody can foretell.</param>
    public static (string Id, string Secret) Make(Action<Span<byte>> draw) => (Text(IdLength, draw), Text(SecretLength, draw));

    /// <summary>The token of an id and its secret.</summary>
    public static string Format(string id, string secret) => $"{Prefix}{id}_{secret}";

    /// <summary>Takes a token apart; false when it is none.</summary>
    public static bool TryParse(string token, out string id, out string secret)
    {
        var end = token.IndexOf('_', Prefix.Length <= token.Length ? Prefix.Length : 0);
        var isToken = token.StartsWith(Prefix, StringComparison.Ordinal) && end > Prefix.Length && end < token.Length - 1 && token.Length <= 512;
        id = isToken ? token[Prefix.Length..end] : "";
        secret = isToken ? token[(end + 1)..] : "";
        return isToken;
    }

    /// <summary>What is stored of a secret: SHA-256 in hex. The secret has 260 random bits, so no slow hash is needed.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Whether a secret is the one that a hash was made of, in constant time.</summary>
    public static bool Matches(string secret, string hash)
    {
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(secret), given);
        return CryptographicOperations.FixedTimeEquals(given, Convert.FromHexString(hash));
    }

    private static string Text(int length, Action<Span<byte>> draw)
    {
        Span<byte> bytes = stackalloc byte[length];
        draw(bytes);
        return string.Create(length, bytes, static (text, random) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = Alphabet[random[i] & 31];
        });
    }
}
