using System.Buffers;

namespace Meanwhile.Blobs;

/// <summary>The rule for keys and prefixes that every <see cref="IBlobStore"/> holds to.</summary>
public static class BlobName
{
    /// <summary>The longest key or prefix, in characters.</summary>
    public const int LengthMax = 512;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Checks an object's key.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void CheckKey(string key)
    {
        if (key.Length is 0 or > LengthMax) throw new ArgumentException($"A blob's key has 1 to {LengthMax} characters; this one has {key.Length}.", nameof(key));
        foreach (var range in key.AsSpan().Split('/'))
        {
            var segment = key.AsSpan(range);
            if (segment is "" or "." or ".." || segment.ContainsAnyExcept(Allowed))
                throw new ArgumentException($"\"{key}\" is no blob's key: segments are of a-z, A-Z, 0-9, '.', '_' and '-', joined by '/'.", nameof(key));
        }
    }

    /// <summary>Checks a prefix: empty, or a key and '/'.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void CheckPrefix(string prefix)
    {
        if (prefix.Length == 0) return;
        if (!prefix.EndsWith('/')) throw new ArgumentException($"\"{prefix}\" is no prefix: it does not end in '/'.", nameof(prefix));
        CheckKey(prefix[..^1]);
    }
}
