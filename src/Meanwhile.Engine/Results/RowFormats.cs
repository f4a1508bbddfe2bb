using System.Text;

namespace Meanwhile.Results;

/// <summary>Writes stored rows in the form that was asked for.</summary>
internal interface IRowFormat
{
    /// <summary>What comes before the first row.</summary>
    void Begin(PooledBytes into);

    /// <summary>One row.</summary>
    /// <param name="row">As stored, without the line's end.</param>
    /// <param name="first">Whether no row came before it.</param>
    void Row(ReadOnlySpan<byte> row, bool first, PooledBytes into);

    /// <summary>What comes after the last row.</summary>
    void End(PooledBytes into);
}

/// <summary>A JSON value a line.</summary>
internal sealed class NdjsonFormat(JsonRowShape shape) : IRowFormat
{
    public void Begin(PooledBytes into)
    {
    }

    public void Row(ReadOnlySpan<byte> row, bool first, PooledBytes into)
    {
        shape.Append(row, into);
        into.Append((byte)'\n');
    }

    public void End(PooledBytes into)
    {
    }
}

/// <summary>One JSON array of rows, a line each.</summary>
internal sealed class JsonArrayFormat(JsonRowShape shape) : IRowFormat
{
    public void Begin(PooledBytes into) => into.Append((byte)'[');

    public void Row(ReadOnlySpan<byte> row, bool first, PooledBytes into)
    {
        into.Append(first ? "\n"u8 : ",\n"u8);
        shape.Append(row, into);
    }

    public void End(PooledBytes into) => into.Append("\n]\n"u8);
}

/// <summary>RFC 4180: a header, lines that end in CR LF. NULL is an empty field, the empty string is <c>""</c>; binary, and text that is none, are base64.</summary>
internal sealed class CsvFormat(IReadOnlyList<ResultColumn> columns) : IRowFormat, IDisposable
{
    private readonly PooledBytes _text = new();

    public void Begin(PooledBytes into)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (i > 0) into.Append((byte)',');
            AppendField(Encoding.UTF8.GetBytes(columns[i].Name), into);
        }

        if (columns.Count > 0) into.Append("\r\n"u8);
    }

    public void Row(ReadOnlySpan<byte> row, bool first, PooledBytes into)
    {
        var isFirst = true;
        foreach (var cell in new RowCells(row))
        {
            if (!isFirst) into.Append((byte)',');
            isFirst = false;
            AppendCell(cell, into);
        }

        into.Append("\r\n"u8);
    }

    public void End(PooledBytes into)
    {
    }

    public void Dispose() => _text.Dispose();

    private void AppendCell(ReadOnlySpan<byte> cell, PooledBytes into)
    {
        if (cell is [(byte)'"', .. var content, (byte)'"'])
        {
            _text.Count = 0;
            JsonText.AppendUnescaped(content, _text);
            AppendField(_text.Span, into);
        }
        else if (CellTags.TryRead(cell, out var tagged))
        {
            AppendField(tagged, into); // so that empty binary is told from NULL
        }
        else if (cell[0] is (byte)'{' or (byte)'[')
        {
            AppendField(cell, into);
        }
        else if (!cell.SequenceEqual("null"u8))
        {
            into.Append(cell);
        }
    }

    private static void AppendField(ReadOnlySpan<byte> text, PooledBytes into)
    {
        if (text.Length > 0 && !text.ContainsAny(",\"\r\n"u8))
        {
            into.Append(text);
            return;
        }

        into.Append((byte)'"');
        for (int at; (at = text.IndexOf((byte)'"')) >= 0; text = text[(at + 1)..])
        {
            into.Append(text[..(at + 1)]);
            into.Append((byte)'"');
        }

        into.Append(text);
        into.Append((byte)'"');
    }
}

/// <summary>Reads the tagged cells that <see cref="RowEncoder"/> writes.</summary>
internal static class CellTags
{
    /// <summary>What a tag holds: base64, or a float's word, neither with a character that CSV or JSON would escape. False when the cell is not tagged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> cell, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!cell.StartsWith("{\"$"u8) || !cell.EndsWith("\"}"u8)) return false;
        foreach (var opening in (ReadOnlySpan<string>)["{\"$bytes\":\"", "{\"$float\":\"", "{\"$text\":\""])
        {
            if (cell.Length < opening.Length + 2 || !Ascii.Equals(cell[..opening.Length], opening)) continue;
            content = cell[opening.Length..^2];
            return !content.ContainsAny("\"\\,"u8); // else it is a JSON cell that happens to begin like one
        }

        return false;
    }
}
