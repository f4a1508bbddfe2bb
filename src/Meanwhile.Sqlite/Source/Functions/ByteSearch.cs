using Meanwhile.Sqlite.Source.Hardening;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary>Finds bytes in bytes in pieces, with a look at the guard between them.</summary>
internal static class ByteSearch
{
    /// <summary>No occurrence.</summary>
    public const int NotFound = -1;

    /// <summary>The statement is to stop.</summary>
    public const int Stopped = -2;

    /// <summary>The least positions tried at a time: a needle of 64 MiB then takes about 50 ms.</summary>
    private const int PositionsMin = 8;

    /// <summary>The bytes compared at a time, unless the needle alone is longer.</summary>
    private const int ComparedBytes = 8 * 1024 * 1024;

    /// <summary>Finds the first occurrence at or after a position.</summary>
    /// <param name="needle">Not empty.</param>
    /// <returns>Its position, <see cref="NotFound"/> or <see cref="Stopped"/>.</returns>
    public static int Find(ReadOnlySpan<byte> haystack, ReadOnlySpan<byte> needle, int from, StatementGuard guard)
    {
        var positions = Math.Max(PositionsMin, ComparedBytes / needle.Length);
        var last = haystack.Length - needle.Length;
        for (var at = from; at <= last; at += positions)
        {
            if (guard.Stopped) return Stopped;

            var piece = haystack.Slice(at, (int)Math.Min((long)positions - 1 + needle.Length, haystack.Length - at));
            var found = piece.IndexOf(needle);
            if (found >= 0) return at + found;
        }

        return NotFound;
    }
}
