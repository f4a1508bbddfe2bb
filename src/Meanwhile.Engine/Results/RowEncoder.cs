using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Meanwhile.Results;

/// <summary>Encodes rows as NDJSON: one array a line, in canonical form, without an allocation a cell.</summary>
/// <remarks>
/// A double always has a point or an exponent (<c>1.0</c>, <c>-0.0</c>), so that it is told from an integer. What JSON can't say is tagged:
/// <c>{"$float":"NaN"}</c>, <c>{"$bytes":"base64"}</c>, <c>{"$text":"base64"}</c>. Not safe for concurrent use.
/// </remarks>
/// <param name="cellBytesMax">See <see cref="ResultOptions.CellBytesMax"/>.</param>
/// <param name="rowBytesMax">See <see cref="ResultOptions.RowBytesMax"/>.</param>
internal sealed class RowEncoder(int cellBytesMax, int rowBytesMax)
{
    private const int FixedCellBytesMax = 40; // separator, the longest integer, double or tagged float

    // Bytes of text that stand for themselves in JSON. DEL does, too, but is rare.
    private static readonly SearchValues<byte> PlainAscii = SearchValues.Create(" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private readonly int _rowBytesMax = rowBytesMax;
    private int _rowBytesLeft = rowBytesMax;

    /// <summary>Where rows go; to be set before the first cell, and only between rows.</summary>
    public PooledBytes Output { get; set; } = new();

    /// <summary>How many cells the row has so far.</summary>
    public int Cells { get; private set; }

    /// <summary>Whether a cell of the row was cut.</summary>
    public bool CellWasCut { get; private set; }

    public void Null()
    {
        var room = Begin(4);
        "null"u8.CopyTo(room);
        Output.Count += 4;
    }

    public void Boolean(bool value)
    {
        Begin(5);
        Output.Append(value ? "true"u8 : "false"u8);
    }

    public void Int64(long value)
    {
        var room = Begin(FixedCellBytesMax);
        Utf8Formatter.TryFormat(value, room, out var written);
        Output.Count += written;
    }

    public void Double(double value)
    {
        if (!double.IsFinite(value))
        {
            Begin(FixedCellBytesMax);
            Output.Append(double.IsNaN(value) ? """{"$float":"NaN"}"""u8 : value > 0 ? """{"$float":"Infinity"}"""u8 : """{"$float":"-Infinity"}"""u8);
            return;
        }

        var room = Begin(FixedCellBytesMax);
        Output.Count += DoubleText.Write(value, room);
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > Math.Min(cellBytesMax, _rowBytesLeft)) utf8 = CutText(utf8);
        _rowBytesLeft -= utf8.Length;

        var room = Begin(utf8.Length + 2);
        var plain = utf8.IndexOfAnyExcept(PlainAscii);
        if (plain < 0)
        {
            room[0] = (byte)'"';
            utf8.CopyTo(room[1..]);
            room[utf8.Length + 1] = (byte)'"';
            Output.Count += utf8.Length + 2;
        }
        else if (Utf8.IsValid(utf8[plain..]))
        {
            JsonText.Append(utf8, Output);
        }
        else
        {
            Tagged("{\"$text\":\""u8, utf8);
        }
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value = Cut(value);
        _rowBytesLeft -= value.Length;
        Begin(0);
        Tagged("{\"$bytes\":\""u8, value);
    }

    /// <param name="digits">Checked to be one JSON number.</param>
    public void Number(ReadOnlySpan<byte> digits) => Json(digits, JsonTokenType.Number);

    /// <summary>Line breaks between its tokens become spaces. One that is too long for a cell becomes the text of its beginning: half of it would be no JSON.</summary>
    public void Json(ReadOnlySpan<byte> utf8) => Json(utf8, JsonTokenType.None);

    /// <summary>Ends the row; the next cell begins another.</summary>
    public void EndRow()
    {
        Output.Append("]\n"u8);
        Reset();
    }

    /// <summary>Forgets the cells of the row so far.</summary>
    /// <param name="rowStart">Where the row began in <see cref="Output"/>.</param>
    public void DropRow(int rowStart)
    {
        Output.Count = rowStart;
        Reset();
    }

    private void Json(ReadOnlySpan<byte> utf8, JsonTokenType expected)
    {
        utf8 = utf8.Trim(" \t\r\n"u8);
        if (utf8.Length > Math.Min(cellBytesMax, _rowBytesLeft))
        {
            Text(utf8);
            return;
        }

        JsonText.CheckValue(utf8, expected);
        _rowBytesLeft -= utf8.Length;
        Begin(utf8.Length);
        var start = Output.Count;
        Output.Append(utf8);
        var copy = Output.Span[start..];
        for (int at; (at = copy.IndexOfAny((byte)'\n', (byte)'\r')) >= 0; copy = copy[at..]) copy[at] = (byte)' '; // within strings they are escaped
    }

    /// <summary>Writes what comes before a cell, and makes room for the cell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Begin(int bytes)
    {
        var room = Output.Room(bytes + 1);
        room[0] = Cells++ == 0 ? (byte)'[' : (byte)',';
        Output.Count++;
        return room[1..];
    }

    private void Tagged(ReadOnlySpan<byte> opening, ReadOnlySpan<byte> value)
    {
        Output.Append(opening);
        Base64.EncodeToUtf8(value, Output.Room(Base64.GetMaxEncodedToUtf8Length(value.Length)), out _, out var written);
        Output.Count += written;
        Output.Append("\"}"u8);
    }

    private ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> value)
    {
        var bytesMax = Math.Min(cellBytesMax, _rowBytesLeft);
        if (value.Length <= bytesMax) return value;
        CellWasCut = true;
        return value[..bytesMax];
    }

    private ReadOnlySpan<byte> CutText(ReadOnlySpan<byte> utf8)
    {
        var cut = Cut(utf8);
        var end = cut.Length;
        while (end > 0 && cut.Length - end < 3 && (utf8[end] & 0xC0) == 0x80) end--; // back to where the character began
        return cut[..end];
    }

    private void Reset()
    {
        Cells = 0;
        CellWasCut = false;
        _rowBytesLeft = _rowBytesMax;
    }
}
