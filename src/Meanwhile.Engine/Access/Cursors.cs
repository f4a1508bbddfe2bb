using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Writes and reads the opaque places that callers carry.</summary>
internal static class Cursors
{
    private const int HashLength = 8;

    /// <summary>A place in a list of jobs, bound to the list's filter.</summary>
    public static string OfJobs(JobId scannedUntil, string filter)
    {
        Span<byte> bytes = stackalloc byte[HashLength + JobId.ByteLength];
        Hash(filter, bytes);
        scannedUntil.WriteTo(bytes[HashLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a place in a list of jobs; null stays null.</summary>
    /// <exception cref="ProblemException">It is none, or of a list with another filter.</exception>
    public static JobId? ToJobs(string? cursor, string filter)
    {
        if (cursor is null) return null;
        var bytes = Decode(cursor, HashLength + JobId.ByteLength);
        Span<byte> expected = stackalloc byte[HashLength];
        Hash(filter, expected);
        if (!expected.SequenceEqual(bytes.AsSpan(0, HashLength))) throw Invalid("The cursor is from a list with another filter; start that list anew.");
        return JobId.FromBytes(bytes.AsSpan(HashLength));
    }

    /// <summary>A place in the feed.</summary>
    public static string OfEvents(EventCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[24];
        cursor.Incarnation.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], cursor.After);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a place in the feed.</summary>
    /// <exception cref="ProblemException">It is none.</exception>
    public static EventCursor ToEvents(string cursor)
    {
        var bytes = Decode(cursor, 24);
        return new EventCursor(new Guid(bytes.AsSpan(0, 16), bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(16)));
    }

    /// <summary>A place in a list that is ordered by a name.</summary>
    public static string OfName(string name) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(name));

    /// <summary>Reads a place in a list that is ordered by a name; null stays null.</summary>
    /// <exception cref="ProblemException">It is none.</exception>
    public static string? ToName(string? cursor) => cursor is null ? null : Encoding.UTF8.GetString(Decode(cursor, null));

    /// <summary>A place in the audit log.</summary>
    public static string OfAudit(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    /// <summary>Reads a place in the audit log; null stays null.</summary>
    /// <exception cref="ProblemException">It is none.</exception>
    public static Guid? ToAudit(string? cursor) => cursor is null ? null : new Guid(Decode(cursor, 16), bigEndian: true);

    private static byte[] Decode(string cursor, int? length)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(cursor);
            if (length is null || bytes.Length == length) return bytes;
        }
        catch (FormatException)
        {
            // answered below: any text may come
        }

        throw Invalid($"'{Shown(cursor)}' is no cursor of this list; use next_cursor of the page before.");
    }

    private static string Shown(string text) => text.Length > 64 ? text[..64] + "..." : text;

    private static void Hash(string filter, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(filter), hash);
        hash[..HashLength].CopyTo(destination);
    }

    private static ProblemException Invalid(string detail) =>
        new(new Problem { Code = ProblemCodes.InvalidCursor, Detail = detail, Errors = [new FieldError("cursor", detail)] });
}
