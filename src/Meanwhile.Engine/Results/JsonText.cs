using System.Buffers;
using System.Text.Json;

namespace Meanwhile.Results;

/// <summary>JSON strings and values as bytes.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    /// <summary>Appends text as a JSON string.</summary>
    /// <param name="utf8">Well-formed.</param>
    public static void Append(ReadOnlySpan<byte> utf8, PooledBytes into)
    {
        into.Append((byte)'"');
        for (int at; (at = utf8.IndexOfAny(Escaped)) >= 0; utf8 = utf8[(at + 1)..])
        {
            into.Append(utf8[..at]);
            AppendEscape(utf8[at], into);
        }

        into.Append(utf8);
        into.Append((byte)'"');
    }

    /// <summary>Appends the text that a JSON string stands for. An escaped surrogate without its other half, which is no text, stays the escape that it is.</summary>
    /// <param name="content">What is between the quotes.</param>
    public static void AppendUnescaped(ReadOnlySpan<byte> content, PooledBytes into)
    {
        for (int at; (at = content.IndexOf((byte)'\\')) >= 0;)
        {
            into.Append(content[..at]);
            content = content[at..];
            var length = EscapeLength(content);
            Unescape(content[..length], into);
            content = content[length..];
        }

        into.Append(content);
    }

    /// <summary>Checks that bytes are one JSON value.</summary>
    /// <param name="expected">None = any.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static void CheckValue(ReadOnlySpan<byte> utf8, JsonTokenType expected)
    {
        try
        {
            Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = int.MaxValue });
            if (reader.Read() && (expected == JsonTokenType.None || reader.TokenType == expected))
            {
                while (reader.Read())
                {
                }

                return;
            }
        }
        catch (JsonException failure)
        {
            throw new ArgumentException($"A cell is no JSON value: {failure.Message}", nameof(utf8), failure);
        }

        throw new ArgumentException($"A cell is no JSON {expected}.", nameof(utf8));
    }

    private static void AppendEscape(byte value, PooledBytes into)
    {
        switch (value)
        {
            case (byte)'"': into.Append("\\\""u8); break;
            case (byte)'\\': into.Append("\\\\"u8); break;
            case (byte)'\n': into.Append("\\n"u8); break;
            case (byte)'\r': into.Append("\\r"u8); break;
            case (byte)'\t': into.Append("\\t"u8); break;
            default:
                into.Append("\\u00"u8);
                into.Append((byte)('0' + (value >> 4)));
                into.Append("0123456789abcdef"u8[value & 0xF]);
                break;
        }
    }

    private static int EscapeLength(ReadOnlySpan<byte> escape) => escape switch
    {
        [_, (byte)'u', _, _, _, _, (byte)'\\', (byte)'u', _, _, _, _, ..] when char.IsHighSurrogate(Unit(escape)) && char.IsLowSurrogate(Unit(escape[6..])) => 12,
        [_, (byte)'u', ..] => 6,
        _ => 2,
    };

    private static void Unescape(ReadOnlySpan<byte> escape, PooledBytes into)
    {
        if (escape.Length == 2)
        {
            into.Append(escape[1] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                var itself => itself,
            });
            return;
        }

        ReadOnlySpan<char> units = escape.Length == 12 ? [Unit(escape), Unit(escape[6..])] : [Unit(escape)];
        if (char.IsSurrogate(units[0]) && units.Length == 1) into.Append(escape);
        else into.Count += System.Text.Encoding.UTF8.GetBytes(units, into.Room(4));
    }

    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(2, 4), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
}
