using System.Diagnostics.CodeAnalysis;

namespace Meanwhile.Jobs;

/// <summary>Identifies a job everywhere and for ever: a UUIDv7, so ids sort by the time they were made.</summary>
/// <remarks>Kept as 16 big-endian bytes, whose order as bytes is the order of <see cref="CompareTo"/>. The default value is no job's id.</remarks>
public readonly record struct JobId(Guid Value) : IComparable<JobId>
{
    /// <summary>How many bytes <see cref="WriteTo"/> writes.</summary>
    public const int ByteLength = 16;

    /// <summary>The smallest id: before every job's.</summary>
    public static readonly JobId Min;

    /// <summary>The largest id: after every job's.</summary>
    public static readonly JobId Max = new(new Guid([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], bigEndian: true));

    /// <summary>Reads an id that <see cref="WriteTo"/> wrote.</summary>
    public static JobId FromBytes(ReadOnlySpan<byte> bytes) => new(new Guid(bytes, bigEndian: true));

    /// <summary>Writes the id as 16 big-endian bytes.</summary>
    public void WriteTo(Span<byte> bytes) => Value.TryWriteBytes(bytes, bigEndian: true, out _);

    /// <summary>The id as 16 big-endian bytes.</summary>
    public byte[] ToBytes() => Value.ToByteArray(bigEndian: true);

    /// <summary>Reads the usual text form with hyphens, in either case. Anything else is no id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out JobId id)
    {
        var isId = Guid.TryParseExact(text, "D", out var value);
        id = new JobId(value);
        return isId;
    }

    /// <inheritdoc/>
    public int CompareTo(JobId other) => Value.CompareTo(other.Value);

    /// <summary>The usual text form: lower case, with hyphens.</summary>
    public override string ToString() => Value.ToString("D");

    /// <summary>Earlier made.</summary>
    public static bool operator <(JobId left, JobId right) => left.CompareTo(right) < 0;

    /// <summary>Later made.</summary>
    public static bool operator >(JobId left, JobId right) => left.CompareTo(right) > 0;

    /// <summary>Earlier made, or the same.</summary>
    public static bool operator <=(JobId left, JobId right) => left.CompareTo(right) <= 0;

    /// <summary>Later made, or the same.</summary>
    public static bool operator >=(JobId left, JobId right) => left.CompareTo(right) >= 0;
}
