using System.Buffers.Text;
using System.Globalization;

namespace Meanwhile.Postgres.Source.Values;

/// <summary>Reads the forms in which PostgreSQL writes values. Pure.</summary>
internal static class ValueFormat
{
    /// <summary>A float, with what JSON can't say.</summary>
    public static double Float(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("NaN"u8) ? double.NaN
        : text.SequenceEqual("Infinity"u8) ? double.PositiveInfinity
        : text.SequenceEqual("-Infinity"u8) ? double.NegativeInfinity
        : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Whether a numeric has digits.</summary>
    public static bool IsDigits(ReadOnlySpan<byte> text) => text.Length > 0 && (char.IsAsciiDigit((char)text[^1]));

    /// <summary>An integer.</summary>
    public static bool Integer(ReadOnlySpan<byte> text, out long value) => Utf8Parser.TryParse(text, out value, out var read) && read == text.Length;

    /// <summary>Bytes from their hexadecimal after <c>\x</c>; a digit without its second is left out.</summary>
    public static int Bytes(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        var digits = text[2..];
        if (digits.Length % 2 == 1) digits = digits[..^1];
        Convert.FromHexString(digits, bytes, out _, out var written);
        return written;
    }

    /// <summary>Writes a timestamp as RFC 3339 has it: <c>2024-01-02 03:04:05.6+00</c> becomes <c>2024-01-02T03:04:05.6Z</c>; without a zone none is added.</summary>
    /// <returns>How long it is; 0 where RFC 3339 can't say it: infinity, years before 1 or after 9999, offsets with seconds.</returns>
    public static int Timestamp(ReadOnlySpan<byte> text, Span<byte> rfc)
    {
        if (text.Length is < 19 or > 32 || text[4] != '-' || text[10] != ' ' || text[^1] == 'C') return 0;

        text.CopyTo(rfc);
        rfc[10] = (byte)'T';
        var zone = text[19..].IndexOfAny((byte)'+', (byte)'-');
        if (zone < 0) return text.Length;

        zone += 19;
        var offset = text[zone..];
        if (offset.SequenceEqual("+00"u8))
        {
            rfc[zone] = (byte)'Z';
            return zone + 1;
        }

        if (offset.Length == 6) return text.Length;
        if (offset.Length != 3) return 0;
        ":00"u8.CopyTo(rfc[text.Length..]);
        return text.Length + 3;
    }
}
