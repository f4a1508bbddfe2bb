using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Meanwhile.Jobs;

namespace Meanwhile.Results;

/// <summary>Where a page ended: a statement and the next row. Its text is opaque and only good for the same job, statement and shape of rows.</summary>
internal readonly record struct ResultCursor(int Statement, long Row)
{
    private const byte Version = 1;
    private const int PlaceLength = 1 + sizeof(int) + sizeof(long);
    private const int Length = PlaceLength + sizeof(uint);

    /// <summary>The cursor as text: 23 characters of base64url.</summary>
    public string ToText(JobId job, ResultRequest request)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt32BigEndian(bytes[1..], Statement);
        BinaryPrimitives.WriteInt64BigEndian(bytes[5..], Row);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[PlaceLength..], Seal(bytes[..PlaceLength], job, request));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor. False when it is none, or was made for something else.</summary>
    public static bool TryParse(string text, JobId job, ResultRequest request, [NotNullWhen(true)] out ResultCursor? cursor)
    {
        cursor = null;
        Span<byte> bytes = stackalloc byte[Length];
        if (!Base64Url.IsValid(text, out var length) || length != Length || !Base64Url.TryDecodeFromChars(text, bytes, out _)) return false;
        if (bytes[0] != Version || BinaryPrimitives.ReadUInt32BigEndian(bytes[PlaceLength..]) != Seal(bytes[..PlaceLength], job, request)) return false;

        ResultCursor read = new(BinaryPrimitives.ReadInt32BigEndian(bytes[1..]), BinaryPrimitives.ReadInt64BigEndian(bytes[5..]));
        if (read.Statement < 0 || read.Row < 0 || (request.Statement ?? read.Statement) != read.Statement) return false;
        cursor = read;
        return true;
    }

    /// <summary>Against mistakes, not against forgery: a cursor grants nothing that an offset does not.</summary>
    private static uint Seal(ReadOnlySpan<byte> place, JobId job, ResultRequest request) =>
        Crc32.Of([.. place, .. job.ToBytes(), (byte)request.Rows, (byte)request.Numbers]);
}
