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
    private const int ListLength = 8;
    private const string Events = "events";

    /// <summary>Names a list: cursors are good for lists of the same name alone.</summary>
    /// <param name="kind">What is listed.</param>
    /// <param name="filter">What chooses among it, in a fixed order.</param>
    public static string List(string kind, params ReadOnlySpan<string?> filter) => string.Join('\n', [kind, .. filter]);

    /// <summary>A place in a list of jobs.</summary>
    public static string OfJobs(string list, JobId scannedUntil)
    {
        Span<byte> place = stackalloc byte[JobId.ByteLength];
        scannedUntil.WriteTo(place);
        return Encode(list, place);
    }

    /// <summary>Reads a place in a list of jobs; null stays null.</summary>
    /// <exception cref="ProblemException">It is none, or of another list.</exception>
    public static JobId? ToJobs(string list, string? cursor) => cursor is null ? null : JobId.FromBytes(Decode(list, cursor, JobId.ByteLength));

    /// <summary>A place in the feed, whatever is chosen of it.</summary>
    public static string OfEvents(EventCursor cursor)
    {
        Span<byte> place = stackalloc byte[24];
        cursor.Incarnation.TryWriteBytes(place, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(place[16..], cursor.After);
        return Encode(Events, place);
    }

    /// <summary>Reads a place in the feed.</summary>
    /// <exception cref="ProblemException">It is none, or of a list.</exception>
    public static EventCursor ToEvents(string cursor)
    {
        var place = Decode(Events, cursor, 24);
        return new EventCursor(new Guid(place[..16], bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(place[16..]));
    }

    /// <summary>A place in a list that is ordered by a name.</summary>
    public static string OfName(string list, string name) => Encode(list, Encoding.UTF8.GetBytes(name));

    /// <summary>Reads a place in a list that is ordered by a name; null stays null.</summary>
    /// <exception cref="ProblemException">It is none, or of another list.</exception>
    public static string? ToName(string list, string? cursor) => cursor is null ? null : Encoding.UTF8.GetString(Decode(list, cursor, null));

    /// <summary>A place in the audit log.</summary>
    public static string OfAudit(string list, Guid id) => Encode(list, id.ToByteArray(bigEndian: true));

    /// <summary>Reads a place in the audit log; null stays null.</summary>
    /// <exception cref="ProblemException">It is none, or of another list.</exception>
    public static Guid? ToAudit(string list, string? cursor) => cursor is null ? null : new Guid(Decode(list, cursor, 16), bigEndian: true);

    private static string Encode(string list, ReadOnlySpan<byte> place)
    {
        Span<byte> bytes = new byte[ListLength + place.Length];
        Hash(list, bytes[..ListLength]);
        place.CopyTo(bytes[ListLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    private static ReadOnlySpan<byte> Decode(string list, string cursor, int? length)
    {
        if (Bytes(cursor) is not { Length: >= ListLength } bytes) throw Invalid($"'{Shown(cursor)}' is no cursor of this list; use next_cursor of the page before.");
        Span<byte> expected = stackalloc byte[ListLength];
        Hash(list, expected);
        var place = bytes.AsSpan(ListLength);
        return expected.SequenceEqual(bytes.AsSpan(0, ListLength)) && (length is null || place.Length == length)
            ? place
            : throw Invalid("The cursor is from another list, or from this one with another filter; start the list anew.");
    }

    private static byte[]? Bytes(string cursor)
    {
        try
        {
            return Base64Url.DecodeFromChars(cursor);
        }
        catch (FormatException) // any text may come
        {
            return null;
        }
    }

    private static string Shown(string text) => text.Length > 64 ? text[..64] + "..." : text;

    private static void Hash(string list, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(list), hash);
        hash[..ListLength].CopyTo(destination);
    }

    private static ProblemException Invalid(string detail) =>
        new(new Problem { Code = ProblemCodes.InvalidCursor, Detail = detail, Errors = [new FieldError("cursor", detail)] });
}
