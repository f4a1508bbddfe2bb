using System.Buffers.Text;
using System.Globalization;

namespace Meanwhile.Results;

/// <summary>Writes finite doubles as the shortest JSON number that reads back as the same double, always told from an integer.</summary>
internal static class DoubleText
{
    /// <summary>Integers below it have at most 15 digits, with which a decimal is the shortest of its double.</summary>
    private const double ExactMax = 1e15;

    /// <returns>How many bytes were written: at most 26.</returns>
    public static int Write(double value, Span<byte> utf8)
    {
        if (Math.Abs(value) < ExactMax && (double)(long)value == value && (value != 0 || !double.IsNegative(value)))
        {
            Utf8Formatter.TryFormat((long)value, utf8, out var digits);
            return digits + Point(utf8[digits..]);
        }

        value.TryFormat(utf8, out var written, provider: CultureInfo.InvariantCulture);
        return utf8[..written].ContainsAny((byte)'.', (byte)'E') ? written : written + Point(utf8[written..]);
    }

    private static int Point(Span<byte> utf8)
    {
        utf8[0] = (byte)'.';
        utf8[1] = (byte)'0';
        return 2;
    }
}
